//! Certificates from the errors of the factors, each in its own space.

use super::CertifyError;
use super::certificate::{Certificate, Claim, Method};
use super::compose::{FactorErrors, compose};
use super::encode::{Bend, Cell, Encoder, place_point};
use super::expansion::{Expansion, FeatureMap, Tail};
use super::find::find;
use super::params::{CertifyParams, Checked};
use super::rounding::{ROUND_UP, gamma, norm};
use super::sup::{OnCell, Sup, sup};
use super::sup_norm::{check_space, no_jump};
use super::units::Units;
use crate::relation_net::RelationNet;
use relata_kernels::cost::{ErrorNorm, Hypothesis};
use relata_relations::{Bracket, Enclosure, MAX_AXES, Relation, Space};

/// Certifies `sup |r - <phi, psi>|` where the pair has too many dimensions for
/// [`certify`](super::certify), but each side has at most
/// [`MAX_AXES`]: by the errors of the two encoders against the features of an expansion, each by
/// branch and bound over its own space, and the expansion's tail
/// ([`compose`]).
///
/// The certificate is at least `2 B d` above the expansion's own error for features of size `B`
/// that are off by `d`, so it is looser than branch and bound over pairs where that is possible.
/// `params.tolerance` is for each of the parts, `params.most_pairs` the most cells of each.
///
/// ```
/// use relata_networks::{Activation, CertifyParams, Expansion, Method, MlpConfig, ReadoutParams, RelationNet};
/// use relata_networks::{certify, certify_factors, solve_readout};
/// use relata_relations::{Relation, Seed, Space, catalogue::gaussian};
/// // Six dimensions in all: two more than branch and bound over pairs can do.
/// let k = gaussian(3, 2.0)?;
/// let config = MlpConfig::new(3, 1).with_width(40).with_depth(1).with_activation(Activation::Tanh);
/// let hidden = RelationNet::symmetric(config.init(Seed(0), "phi")?);
/// let nodes = k.spaces().0.quadrature(6.try_into()?)?;
/// let net = solve_readout(&hidden, &k, [&nodes, &nodes], ReadoutParams { tolerance: 1e-4 })?.at_rank(4)?;
/// assert!(certify(&k, &net, &CertifyParams::default()).is_err());
///
/// let anchors = k.spaces().0.sobol(60.try_into()?, 0)?;
/// let expansion = Expansion::nystrom(&k, &net, &anchors)?;
/// let params = CertifyParams { tolerance: 0.2, ..CertifyParams::default() };
/// let certificate = certify_factors(&k, &net, &expansion, &params)?;
/// assert_eq!(certificate.method(), Method::Composition);
/// assert!(certificate.lower() > 0.1 && certificate.upper() < 0.5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`CertifyError`]; [`CertifyError::FactorDimensions`] for a side of more than [`MAX_AXES`]
/// dimensions, which says what to do instead.
pub fn certify_factors(
    r: &dyn Relation,
    net: &RelationNet,
    expansion: &Expansion<'_>,
    params: &CertifyParams,
) -> Result<Certificate, CertifyError> {
    let params = params.checked()?;
    check(r, net, expansion)?;
    let (x, y) = r.spaces();
    let found = find(r, net)?;
    let units = Units::plain(net);
    // What is far below an error that was found need not be known exactly.
    let least = 0.25 * params.tolerance() * found.certain;
    let map = expansion.psi.as_ref().unwrap_or(&expansion.phi);
    let own = Factor { space: x, encoder: Encoder::new(net.phi_net(), &units.phi, 0), map: &expansion.phi };
    let other = Factor { space: y, encoder: Encoder::new(net.psi_net(), &units.psi, 0), map };
    let shared = expansion.psi.is_none() && matches!(net, RelationNet::Symmetric(_));
    let phi_size = own.size(params)?;
    let psi_size = if shared { phi_size } else { other.size(params)? };
    // The error of one side counts times the size of the other.
    let phi_error = own.error(least, psi_size.upper, params)?;
    let psi_error = if shared { phi_error } else { other.error(least, phi_size.upper, params)? };
    let mut cells = phi_size.cells + phi_error.cells;
    if !shared {
        cells += psi_size.cells + psi_error.cells;
    }
    let errors = FactorErrors {
        phi_error: phi_error.upper,
        phi_size: phi_size.upper,
        psi_error: psi_error.upper,
        psi_size: psi_size.upper,
    };
    let (tail, rests_on) = match expansion.tail {
        Tail::Given(bound) => (bound, Hypothesis::Tail { bound }),
        Tail::Diagonal => {
            let tail = diagonal(r, &expansion.phi, least, params)?;
            cells += tail.cells;
            (tail.upper, Hypothesis::PositiveSemidefinite)
        }
    };
    let claim = Claim {
        upper: compose(tail, &errors),
        norm: ErrorNorm::Sup,
        method: Method::Composition,
        pairs: cells,
        unchecked: vec![rests_on, Hypothesis::Enclosure],
    };
    Certificate::new(r, claim, &found)
}

fn check(r: &dyn Relation, net: &RelationNet, expansion: &Expansion<'_>) -> Result<(), CertifyError> {
    no_jump(r)?;
    if let Tail::Given(tail) = expansion.tail
        && !(tail >= 0.0 && tail.is_finite())
    {
        let (value, expected) = (tail.to_string(), "finite and not negative");
        return Err(CertifyError::Parameter { parameter: "tail", value, expected });
    }
    let (x, y) = r.spaces();
    let psi = expansion.psi.as_ref().unwrap_or(&expansion.phi);
    let sides = [("x", x, net.phi_net(), &expansion.phi), ("y", y, net.psi_net(), psi)];
    for (side, space, mlp, map) in sides {
        check_space(side, space, mlp)?;
        if space.axes() > MAX_AXES {
            return Err(CertifyError::FactorDimensions { space: space.name(), found: space.axes() });
        }
        if map.count() != mlp.outputs() {
            return Err(CertifyError::Features { side, network: mlp.outputs(), expansion: map.count() });
        }
    }
    Ok(())
}

/// An encoder and the features that it should have.
struct Factor<'a> {
    space: &'a dyn Space,
    encoder: Encoder<'a>,
    map: &'a FeatureMap<'a>,
}

impl Factor<'_> {
    /// The sup of the features' size.
    fn size(&self, params: Checked) -> Result<Sup, CertifyError> {
        sup(self.space, 0.0, params, &|cell| self.on(cell, Against::Nothing))
    }

    /// The sup of the encoder's distance from the features, which counts times `weight`.
    fn error(&self, least: f64, weight: f64, params: Checked) -> Result<Sup, CertifyError> {
        let floor = 0.5 * least / weight.max(f64::MIN_POSITIVE);
        sup(self.space, floor, params, &|cell| self.on(cell, Against::Encoder))
    }

    /// Bounds of a Euclidean norm on a cell. The multilinear interpolation of the corners is a mean
    /// of them, and norms are convex; each axis adds at most the norm of what is bent on it.
    fn on(&self, cell: &Cell, against: Against) -> Result<OnCell, CertifyError> {
        let unknown = || CertifyError::NoEnclosure { relation: "the expansion".into() };
        let place = cell.place(self.space, 0);
        let wanted = self.map.on(&place).ok_or_else(unknown)?;
        let count = wanted.len();
        let corners: Vec<Vec<Enclosure>> =
            (0..1usize << cell.axes()).map(|c| place_point(self.space, &cell.corner(c))).collect();
        let mut errors = Vec::with_capacity(corners.len());
        for c in &corners {
            let values = self.map.on(c).ok_or_else(unknown)?;
            errors.push(values.iter().map(Enclosure::value).collect::<Vec<_>>());
        }
        let mut bends = vec![];
        if against == Against::Encoder {
            let cells = [((0..corners.len()).collect(), place)];
            let mut out = self.encoder.encode(&corners, &cells, 0);
            for (i, row) in errors.iter_mut().enumerate() {
                for (k, e) in row.iter_mut().enumerate() {
                    *e = Bracket::around(out.values[(i, k)], out.radius[k]) - *e;
                }
            }
            bends = out.bends.pop().unwrap_or_default();
        }
        let norms = errors.iter().map(|row| (norm(row.iter().map(|e| e.magnitude())), least_norm(row)));
        let (most, lower) =
            norms.fold((0.0f64, 0.0f64), |(m, l), (upper, lower)| (m.max(upper), l.max(lower)));
        let (mut upper, mut widest, mut axis) = (most, -1.0, 0);
        for a in 0..cell.axes() {
            let bent = |k: usize| {
                let (c, b) = bends.get(a).map_or((Bracket::ZERO, Bracket::ZERO), |b| listed(b, k));
                ((c - wanted[k].curvature(a)) * Bracket::new(-0.125, 0.0) + b).magnitude()
            };
            let bend = norm((0..count).map(bent));
            upper += bend;
            if bend > widest {
                (widest, axis) = (bend, a);
            }
        }
        Ok(OnCell { upper: upper * ROUND_UP, lower, axis })
    }
}

/// What the expansion's features are compared with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Against {
    Nothing,
    Encoder,
}

/// Curvature and bend of one output; none where none is listed.
fn listed(b: &Bend, k: usize) -> (Bracket, Bracket) {
    let of = |v: &super::rounding::Around| match (v.middle.get(k), v.radius.get(k)) {
        (Some(m), Some(r)) => Bracket::around(*m, *r),
        _ => Bracket::ZERO,
    };
    (of(&b.curvature), of(&b.bend))
}

fn least_norm(row: &[Bracket]) -> f64 {
    norm(row.iter().map(|e| e.abs().low())) / (1.0 + 2.0 * gamma(row.len() + 2)) / ROUND_UP
}

/// The sup of `k(x, x) - |Phi(x)|^2`, where what is left of a kernel is a kernel.
fn diagonal(
    k: &dyn Relation,
    map: &FeatureMap<'_>,
    floor: f64,
    params: Checked,
) -> Result<Sup, CertifyError> {
    let space = k.spaces().0;
    let left = |x: &[Enclosure]| -> Result<Enclosure, CertifyError> {
        let unknown = || CertifyError::NoEnclosure { relation: k.name() };
        let whole = k.enclose(x, x).ok_or_else(unknown)?;
        Ok(map.on(x).ok_or_else(unknown)?.iter().fold(whole, |rest, f| rest - f.square()))
    };
    let on = |cell: &Cell| {
        let e = left(&cell.place(space, 0))?;
        let (mut upper, mut lower) = (f64::NEG_INFINITY, 0.0f64);
        for c in 0..1usize << cell.axes() {
            let v = left(&place_point(space, &cell.corner(c)))?.value();
            (upper, lower) = (upper.max(v.high()), lower.max(v.low()));
        }
        let curvature = |a: usize| e.curvature(a).magnitude();
        let axis = (0..cell.axes()).max_by(|a, b| curvature(*a).total_cmp(&curvature(*b))).unwrap_or(0);
        Ok(OnCell { upper: (upper + e.bend().1) * ROUND_UP, lower, axis })
    };
    sup(space, floor, params, &on)
}
