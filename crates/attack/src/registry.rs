//! All attacks, and the functions that each of them is about.

use crate::{Draw, Ledger};
use crate::{
    bounds, constructed, enclosures, exact, factorisations, further, holes, leading, limits, matrices,
    orders, panels, relational, retrieval, trained,
};

/// An attack.
#[derive(Clone, Copy, Debug)]
pub struct Attack {
    /// Its name, which is part of its random stream.
    pub name: &'static str,
    /// The public functions whose claims it checks; a panic counts against each of them.
    pub functions: &'static [&'static str],
    /// How often it runs in a round: what takes microseconds runs more often than what takes a second.
    pub times: u32,
    /// It, once.
    pub run: fn(&mut Draw, &mut Ledger),
}

/// All attacks, in the order of a round.
pub const ATTACKS: &[Attack] = &[
    Attack {
        name: "formulas",
        functions: &["relata_relations::Enclosure"],
        times: 60,
        run: enclosures::formulas,
    },
    Attack {
        name: "catalogue",
        functions: &["relata_relations::Relation::enclose", "relata_relations::Relation::lipschitz"],
        times: 40,
        run: enclosures::named,
    },
    Attack {
        name: "exact",
        functions: &[
            "relata_relations::special::trigamma",
            "relata_relations::special::hurwitz_zeta",
            "relata_relations::special::bessel_i",
            "relata_relations::special::normal_quantile",
            "relata_attention::miss_bound",
            "relata_attention::entmax",
        ],
        times: 20,
        run: exact::table,
    },
    Attack {
        name: "definiteness",
        functions: &[
            "relata_kernels::psd_test",
            "relata_kernels::psd_test_within",
            "relata_kernels::conditionally_negative_test",
        ],
        times: 30,
        run: matrices::definiteness,
    },
    Attack {
        name: "nearest",
        functions: &[
            "relata_kernels::matrix_limits",
            "relata_kernels::nearest_psd",
            "relata_kernels::nearest_psd_of_rank",
        ],
        times: 40,
        run: matrices::nearest,
    },
    Attack {
        name: "ranks",
        functions: &[
            "relata_kernels::rank::sign_rank",
            "relata_kernels::rank::sup_rank",
            "relata_kernels::rank::gamma2",
        ],
        times: 20,
        run: matrices::ranks,
    },
    Attack {
        name: "holes",
        functions: &[
            "relata_kernels::completion::complete",
            "relata_kernels::completion::partial_limits",
            "relata_kernels::completion::partial_sup_rank",
        ],
        times: 10,
        run: holes::completions,
    },
    Attack {
        name: "leading",
        functions: &["relata_kernels::krylov::leading", "relata_kernels::krylov::leading_eigen"],
        times: 30,
        run: leading::leading_values,
    },
    Attack {
        name: "semidefinite",
        functions: &["relata_kernels::lowrank::pivoted_cholesky", "relata_kernels::lowrank::nystrom"],
        times: 40,
        run: factorisations::semidefinite,
    },
    Attack {
        name: "kernels",
        functions: &["relata_kernels::lowrank::pivoted_cholesky"],
        times: 40,
        run: factorisations::kernels,
    },
    Attack {
        name: "assessed",
        functions: &["relata_kernels::lowrank::assess"],
        times: 30,
        run: factorisations::assessed,
    },
    Attack {
        name: "least-norms",
        functions: &["relata_kernels::rkbs::min_norm"],
        times: 30,
        run: factorisations::least_norms,
    },
    Attack {
        name: "series",
        functions: &["relata_kernels::rkhs::membership"],
        times: 50,
        run: factorisations::series,
    },
    Attack { name: "closures", functions: &["relata_kernels::limits"], times: 1, run: limits::closures },
    Attack { name: "products", functions: &["relata_kernels::limits"], times: 1, run: limits::products },
    Attack { name: "laws", functions: &["relata_kernels::limits"], times: 1, run: limits::laws },
    Attack {
        name: "sandwiched",
        functions: &["relata_kernels::cost::lower_bound"],
        times: 1,
        run: bounds::sandwiched,
    },
    Attack {
        name: "routes",
        functions: &[
            "relata_kernels::cost::SymmetricBound::of",
            "relata_kernels::cost::SymmetricBound::splines",
            "relata_kernels::cost::SymmetricBound::covering",
            "relata_kernels::cost::SymmetricBound::ridges",
            "relata_kernels::cost::SymmetricBound::barron",
            "relata_kernels::cost::AsymmetricBound::of",
            "relata_kernels::cost::AsymmetricBound::covering",
            "relata_kernels::cost::AsymmetricBound::ridges",
            "relata_kernels::cost::AsymmetricBound::splines",
            "relata_kernels::cost::AsymmetricBound::fourier_maurey",
            "relata_kernels::cost::AsymmetricBound::schmidt_barron",
        ],
        times: 1,
        run: bounds::routes,
    },
    Attack {
        name: "transforms",
        functions: &["relata_kernels::cost::fourier_norms"],
        times: 1,
        run: bounds::transforms,
    },
    Attack {
        name: "pivots",
        functions: &["relata_kernels::cost::cholesky_certificate", "relata_kernels::cost::cross_certificate"],
        times: 1,
        run: bounds::pivots,
    },
    Attack { name: "tails", functions: &["relata_kernels::cost::sup_tails"], times: 1, run: bounds::tails },
    Attack {
        name: "constructed",
        functions: &[
            "relata_networks::construct",
            "relata_networks::construct_low_rank",
            "relata_networks::Constructed::rounded_to_f32",
        ],
        times: 1,
        run: constructed::formulas,
    },
    Attack {
        name: "waves",
        functions: &["relata_networks::construct_waves"],
        times: 1,
        run: constructed::waves,
    },
    Attack {
        name: "declared",
        functions: &["relata_networks::construct"],
        times: 1,
        run: constructed::declared,
    },
    Attack {
        name: "ridges-and-steps",
        functions: &["relata_networks::construct_ridges", "relata_networks::construct_l2"],
        times: 1,
        run: constructed::others,
    },
    Attack {
        name: "fitted",
        functions: &[
            "relata_networks::construct_fitted",
            "relata_networks::construct_fitted_l2",
            "relata_networks::construct_fitted_with",
        ],
        times: 1,
        run: constructed::fitted,
    },
    Attack {
        name: "certified",
        functions: &["relata_networks::certify", "relata_networks::certify_l2"],
        times: 1,
        run: trained::certified,
    },
    Attack {
        name: "slopes",
        functions: &["relata_networks::global_lipschitz", "relata_networks::local_lipschitz"],
        times: 20,
        run: trained::slopes,
    },
    Attack {
        name: "dropped",
        functions: &["relata_debreu::finite::drop_fewest"],
        times: 10,
        run: orders::dropped,
    },
    Attack {
        name: "preorders",
        functions: &[
            "relata_debreu::finite::width",
            "relata_debreu::finite::longest_chain",
            "relata_debreu::finite::count_linear_extensions",
            "relata_debreu::finite::multi_utility",
        ],
        times: 20,
        run: orders::preorders,
    },
    Attack {
        name: "strengths",
        functions: &["relata_debreu::estimation::fit_luce"],
        times: 20,
        run: orders::strengths,
    },
    Attack {
        name: "monotone",
        functions: &["relata_debreu::estimation::isotonic"],
        times: 40,
        run: orders::monotone,
    },
    Attack {
        name: "panels",
        functions: &[
            "relata_debreu::revealed::Panel::garp",
            "relata_debreu::revealed::Panel::ccei",
            "relata_debreu::revealed::Panel::money_pump",
            "relata_debreu::revealed::Panel::houtman_maks",
            "relata_debreu::revealed::Panel::afriat",
        ],
        times: 30,
        run: panels::small,
    },
    Attack {
        name: "weights",
        functions: &[
            "relata_attention::miss_bound",
            "relata_attention::required_inverse_temperature",
            "relata_attention::retrieval_bound",
            "relata_attention::required_for_retrieval",
            "relata_attention::expected_miss_bound",
            "relata_attention::dispersion::weight_bounds",
            "relata_attention::dispersion::required_spread",
            "relata_attention::entmax",
            "relata_attention::sparsemax",
            "relata_attention::entmax_miss_bound",
        ],
        times: 40,
        run: retrieval::weights,
    },
    Attack {
        name: "relational",
        functions: &[
            "relata_attention::relational_attention_bound",
            "relata_attention::relational_attention_mean_bound",
            "relata_attention::relational_layers_bound",
        ],
        times: 40,
        run: relational::layers,
    },
    Attack {
        name: "geometry",
        functions: &[
            "relata_attention::width::margin_upper",
            "relata_attention::width::Code::free_margin",
            "relata_attention::width::distance_to_hull",
            "relata_attention::hopfield::Hopfield::step_bound",
        ],
        times: 10,
        run: retrieval::geometry,
    },
    Attack {
        name: "heads",
        functions: &["relata_attention::design::design"],
        times: 1,
        run: retrieval::heads,
    },
    Attack {
        name: "function-spaces",
        functions: &[
            "relata_kernels::rkhs::norm_lower_bounds",
            "relata_kernels::rkhs::membership_from_values",
            "relata_kernels::rkbs::Rkbs::feature_bounds",
            "relata_kernels::psd_test_on",
            "relata_kernels::fast::KernelProfile::lipschitz",
        ],
        times: 10,
        run: further::function_spaces,
    },
    Attack {
        name: "spectra",
        functions: &["relata_kernels::limit", "relata_kernels::numerical_spectrum"],
        times: 1,
        run: further::spectra,
    },
    Attack {
        name: "factors",
        functions: &[
            "relata_networks::certify_factors",
            "relata_networks::Activation::derivative_bound",
            "relata_networks::Activation::curvature_bound",
        ],
        times: 1,
        run: further::factors,
    },
    Attack {
        name: "sampled",
        functions: &[
            "relata_debreu::continuous::lipschitz_lower_bound",
            "relata_debreu::continuous::dkw_bound",
            "relata_debreu::continuous::DiagonalBracket::bound",
        ],
        times: 10,
        run: further::sampled,
    },
    Attack {
        name: "attention",
        functions: &[
            "relata_attention::dispersion::largest_weight",
            "relata_attention::dispersion::smallest_weight",
            "relata_attention::expected_miss_bound_for_density",
            "relata_attention::head::exp_kernel_limits",
            "relata_attention::head::attention_limits",
            "relata_attention::head::max_margin",
            "relata_attention::width::Code::free_margins",
            "relata_attention::width::nearest_to_origin",
        ],
        times: 10,
        run: further::attention,
    },
    Attack {
        name: "scorers",
        functions: &[
            "relata_attention::design::affine_scorer",
            "relata_attention::design::constructed_scorer",
            "relata_attention::design::additive_scorer",
            "relata_attention::design::Family::scorer",
            "relata_attention::design::design_with",
            "relata_attention::design::design_for_margin",
            "relata_attention::design::score_limits",
        ],
        times: 1,
        run: further::scorers,
    },
];
