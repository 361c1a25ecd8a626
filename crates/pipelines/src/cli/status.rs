//! From an error to an exit status.

use crate::backend::BackendError;
use crate::registry::{OpenError, ReopenError};
use crate::runner::{CompareError, ResultsError, RunError};
use relata_runs::{ManifestError, PlanError, RunDirError, SummaryError, TableError};

/// How the process ends when it does not end well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Failed = 1,
    Usage = 2,
    Backend = 3,
    Input = 4,
    Incomplete = 5,
}

/// An error on its way out.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) status: Status,
    pub(crate) error: anyhow::Error,
}

impl Failure {
    pub(crate) fn new(status: Status, error: impl Into<anyhow::Error>) -> Self {
        Self { status, error: error.into() }
    }

    pub(crate) fn input(error: impl Into<anyhow::Error>) -> Self {
        Self::new(Status::Input, error)
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        let error = error.into();
        Self { status: classify(&error), error }
    }
}

fn classify(error: &anyhow::Error) -> Status {
    if error.is::<BackendError>() {
        return Status::Backend;
    }
    if error.is::<ReopenError>() {
        return Status::Input;
    }
    error
        .downcast_ref()
        .map(of_run)
        .or_else(|| error.downcast_ref().map(of_open))
        .or_else(|| error.downcast_ref().map(of_results))
        .or_else(|| error.downcast_ref().map(of_compare))
        .or_else(|| error.downcast_ref().map(of_dir))
        .or_else(|| error.downcast_ref().map(of_manifest))
        .unwrap_or(Status::Failed)
}

fn of_open(error: &OpenError) -> Status {
    match error {
        OpenError::Name(_) | OpenError::Usage { .. } => Status::Usage,
        OpenError::Input(_) => Status::Input,
    }
}

fn of_run(error: &RunError) -> Status {
    match error {
        RunError::Dir(e) => of_dir(e),
        RunError::Manifest(e) => of_manifest(e),
        RunError::Results(e) => of_results(e),
        RunError::Shards(PlanError::Other { .. } | PlanError::Read { .. }) => Status::Input,
        RunError::NoCell { .. } => Status::Usage,
        _ => Status::Failed,
    }
}

fn of_results(error: &ResultsError) -> Status {
    match error {
        ResultsError::Dir(e) => of_dir(e),
        ResultsError::Manifest(e) => of_manifest(e),
        ResultsError::Changed { .. }
        | ResultsError::Font(_)
        | ResultsError::Summary(SummaryError::Read { .. } | SummaryError::Parse { .. })
        | ResultsError::Table(TableError::Read { .. } | TableError::Syntax { .. }) => Status::Input,
        _ => Status::Failed,
    }
}

fn of_compare(error: &CompareError) -> Status {
    match error {
        CompareError::Pipelines { .. } => Status::Input,
        CompareError::Manifest(e) => of_manifest(e),
        CompareError::Summary(_) => Status::Input,
        CompareError::Results(e) => of_results(e),
        _ => Status::Failed,
    }
}

fn of_dir(error: &RunDirError) -> Status {
    match error {
        RunDirError::Unusable { .. } | RunDirError::Read { .. } => Status::Input,
        _ => Status::Failed,
    }
}

fn of_manifest(error: &ManifestError) -> Status {
    match error {
        ManifestError::Read { .. }
        | ManifestError::Parse { .. }
        | ManifestError::Schema { .. }
        | ManifestError::Outside { .. }
        | ManifestError::Changed { .. } => Status::Input,
        _ => Status::Failed,
    }
}
