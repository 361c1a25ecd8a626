//! A profile on a space: a relation like any other.

use super::panel::Panel;
use super::profile::KernelProfile;
use super::single::SingleBlocks;
use faer::{Mat, MatMut};
use relata_relations::{
    Definiteness, Evidence, Fact, Identity, PairForm, Points, Regularity, Relation, RelationError, Space,
    Symmetry,
};
use std::sync::Arc;

/// A kernel of the distance or of the dot product on a measured space, as a [`Relation`] that fills
/// its blocks by matrix multiplication and a vectorised profile.
#[derive(Clone, Debug)]
pub struct ProfileKernel {
    profile: KernelProfile,
    space: Arc<dyn Space>,
}

impl ProfileKernel {
    /// The kernel on a space.
    ///
    /// ```
    /// use relata_kernels::fast::{KernelProfile, ProfileKernel};
    /// use relata_kernels::gram;
    /// use relata_relations::{Cube, Points};
    /// let kernel = ProfileKernel::new(KernelProfile::gaussian(0.5)?, Cube::new(2, 0.0, 1.0)?);
    /// let k = gram(&kernel, &Points::new(2, vec![0.0, 0.0, 0.5, 0.0])?)?;
    /// assert!((k[(0, 1)] - (-0.5f64).exp()).abs() < 1e-15);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(profile: KernelProfile, space: impl Space + 'static) -> Self {
        Self { profile, space: Arc::new(space) }
    }

    /// The profile.
    #[must_use]
    pub fn profile(&self) -> &KernelProfile {
        &self.profile
    }
}

impl Relation for ProfileKernel {
    fn name(&self) -> String {
        self.profile.to_string()
    }

    fn identity(&self) -> Identity<'_> {
        let numbers = self.profile.numbers().to_vec();
        Identity::of_value::<Self>(numbers, vec![self.space.identity()])
    }

    fn spaces(&self) -> (&dyn Space, &dyn Space) {
        (self.space.as_ref(), self.space.as_ref())
    }

    fn eval_into(&self, x: &Points, y: &Points, out: MatMut<'_, f64>) -> Result<(), RelationError> {
        let centre = Panel::<f64>::centre(&self.profile, x);
        let (profile, unit) = self.profile.in_unit();
        let (px, py) = (Panel::new(x, &centre, unit), Panel::new(y, &centre, unit));
        Panel::block(&profile, &px, &(0..x.len()), &py, 0..y.len(), out);
        Ok(())
    }

    fn eval_single_into(
        &self,
        x: &Points,
        y: &Points,
        mut out: MatMut<'_, f32>,
    ) -> Result<(), RelationError> {
        if let Some(blocks) = SingleBlocks::new(self.profile, x, y) {
            blocks.fill(0..x.len(), 0..y.len(), out);
            return Ok(());
        }
        let mut values = Mat::zeros(x.len(), y.len());
        self.eval_into(x, y, values.as_mut())?;
        faer::zip!(&mut out, &values).for_each(|faer::unzip!(to, from)| *to = *from as f32);
        Ok(())
    }

    fn pair_form(&self) -> Option<PairForm> {
        self.profile.form()
    }

    fn symmetry(&self) -> Symmetry {
        Symmetry::Symmetric
    }

    fn definiteness(&self) -> Definiteness {
        Definiteness::PositiveSemidefinite
    }

    fn regularity(&self) -> Regularity {
        match self.profile.matern() {
            Some(_) => Regularity::Kink,
            None => Regularity::Smooth,
        }
    }

    fn lipschitz(&self) -> Option<f64> {
        self.profile.lipschitz()
    }

    /// All of it follows from the profile.
    fn evidence(&self, _: Fact) -> Evidence {
        Evidence::Theorem
    }

    fn diagonal(&self, x: &Points) -> Result<Vec<f64>, RelationError> {
        let (profile, unit) = self.profile.in_unit();
        Ok(Panel::<f64>::new(x, &vec![0.0; x.dim()], unit).own(&profile))
    }
}
