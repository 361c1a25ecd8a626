//! Resuming gives what would have been; wrong files are refused.

use crate::support::{asymmetric, device, go_on, rule, smooth, weights};
use proptest::prelude::*;
use relata_networks::MlpConfig;
use relata_relations::Seed;
use relata_training::{
    CheckpointError, Control, Data, EarlyStopping, Precision, Sampler, Schedule, Stopped, TrainError,
    TrainParams, Trained, train_with_checkpoint,
};
use std::path::Path;

fn run(
    config: &TrainParams,
    seed: u64,
    file: &Path,
    progress: &mut dyn FnMut(&relata_training::StepRecord) -> Control,
) -> Result<Trained, TrainError> {
    let net = asymmetric(&MlpConfig::new(1, 3).with_width(8).with_fourier(3, 2.0), 0);
    train_with_checkpoint(&net, &smooth(), Data::Spaces, config, Seed(seed), &device(), file, progress)
}

fn configs() -> Vec<TrainParams> {
    let stopping = EarlyStopping { every: 3, patience: 40, min_delta: 0.0, points: 20 };
    let single = TrainParams { checkpoint_every: Some(5), ..TrainParams::adam(23).with_batch(9, 7) };
    let whole = single.clone().with_sampler(Sampler::Quadrature { nodes: 12 });
    let every_step =
        TrainParams { steps: 6, checkpoint_every: Some(1), schedule: Schedule::Constant, ..whole };
    vec![
        single.clone(),
        single.clone().with_early_stopping(stopping).with_learning_rate(0.05),
        single.with_precision(Precision::F64).with_sampler(Sampler::Sobol { x: 8, y: 8 }),
        every_step,
    ]
}

#[test]
fn a_run_that_was_killed_goes_on_as_if_it_had_not_been() {
    let folder = tempfile::tempdir().unwrap();
    for (k, config) in configs().into_iter().enumerate() {
        let whole = run(&config, 1, &folder.path().join(format!("{k}-whole")), &mut go_on).unwrap();
        for kill_after in [0, config.steps / 2, config.steps - 2] {
            // What a kill leaves behind: the file as it was during that step.
            let (file, left) =
                (folder.path().join(format!("{k}-file")), folder.path().join(format!("{k}-left")));
            for f in [&file, &left] {
                let _ = std::fs::remove_file(f);
            }
            run(&config, 1, &file, &mut |p| {
                if p.step == kill_after && file.exists() {
                    std::fs::copy(&file, &left).unwrap();
                }
                Control::Continue
            })
            .unwrap();
            let mut first = None;
            let resumed = run(&config, 1, &left, &mut |p| {
                first.get_or_insert(p.step);
                Control::Continue
            })
            .unwrap();
            let every = config.checkpoint_every.unwrap();
            assert_eq!(first, Some(kill_after / every * every), "config {k}");
            assert_eq!(weights(&resumed.net), weights(&whole.net), "config {k}, killed after {kill_after}");
            assert_eq!(resumed.history, whole.history);
            assert_eq!(
                std::fs::read(&left).unwrap(),
                std::fs::read(folder.path().join(format!("{k}-whole"))).unwrap()
            );
        }
    }
}

#[test]
fn a_stopped_run_can_be_taken_up_and_a_finished_one_is_not_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let config = TrainParams::adam(12).with_batch(6, 6);
    let (a, b) = (folder.path().join("a"), folder.path().join("b"));
    let whole = run(&config, 2, &a, &mut go_on).unwrap();
    let mut stop =
        |p: &relata_training::StepRecord| if p.step == 6 { Control::Stop } else { Control::Continue };
    assert_eq!(run(&config, 2, &b, &mut stop).unwrap().stopped, Stopped::Requested);
    let rest = run(&config, 2, &b, &mut go_on).unwrap();
    assert_eq!(weights(&rest.net), weights(&whole.net));
    let mut calls = 0;
    let again = run(&config, 2, &a, &mut |_| {
        calls += 1;
        Control::Continue
    });
    assert_eq!((weights(&again.unwrap().net), calls), (weights(&whole.net), 0));
    assert!(!folder.path().join("a.partial").exists());
}

#[test]
fn an_early_stop_is_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let stopping = EarlyStopping { every: 1, patience: 2, min_delta: 10.0, points: 8 };
    let config = TrainParams::adam(40).with_batch(6, 6).with_early_stopping(stopping);
    let file = folder.path().join("c");
    let first = run(&config, 0, &file, &mut go_on).unwrap();
    assert_eq!(first.stopped, Stopped::Early { best_step: 0 });
    let again = run(&config, 0, &file, &mut |_| panic!("no step is left")).unwrap();
    assert_eq!((again.stopped, weights(&again.net)), (first.stopped, weights(&first.net)));
}

#[test]
fn files_of_other_runs_say_what_differs() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("c");
    let config = TrainParams::adam(3).with_batch(4, 4);
    run(&config, 0, &file, &mut go_on).unwrap();
    let differs = |e: TrainError| match e {
        TrainError::Checkpoint(CheckpointError::OtherRun { what, .. }) => what,
        other => panic!("{other}"),
    };
    assert_eq!(
        differs(run(&config.clone().with_learning_rate(0.5), 0, &file, &mut go_on).unwrap_err()),
        "configuration"
    );
    assert_eq!(differs(run(&config, 1, &file, &mut go_on).unwrap_err()), "seed");
    let train = |net, data| {
        train_with_checkpoint(net, &smooth(), data, &config, Seed(0), &device(), &file, &mut go_on)
    };
    let other = asymmetric(&MlpConfig::new(1, 3).with_width(8).with_fourier(3, 2.0), 1);
    assert_eq!(differs(train(&other, Data::Spaces).unwrap_err()), "initial network's checksum");
    let same = asymmetric(&MlpConfig::new(1, 3).with_width(8).with_fourier(3, 2.0), 0);
    let q = rule(5);
    assert_eq!(differs(train(&same, Data::Quadratures([&q, &q])).unwrap_err()), "training nodes' checksum");
    let named = smooth().named("another");
    let e =
        train_with_checkpoint(&same, &named, Data::Spaces, &config, Seed(0), &device(), &file, &mut go_on)
            .unwrap_err();
    assert_eq!(differs(e), "relation");
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("nowhere").join("c");
    let e = run(&TrainParams::adam(2).with_batch(4, 4), 0, &file, &mut go_on).unwrap_err();
    assert!(
        matches!(e, TrainError::Checkpoint(CheckpointError::Io { .. })) && e.to_string().contains("nowhere"),
        "{e}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn damaged_files_are_refused(cut in 0.0f64..1.0, flip in any::<prop::sample::Index>(), bit in 0u8..8) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("c");
        let config = TrainParams { checkpoint_every: Some(2), ..TrainParams::adam(3).with_batch(4, 4) };
        let whole = run(&config, 0, &file, &mut go_on).unwrap();
        let bytes = std::fs::read(&file).unwrap();

        std::fs::write(&file, &bytes[..(cut * bytes.len() as f64) as usize]).unwrap();
        let e = run(&config, 0, &file, &mut go_on).unwrap_err();
        prop_assert!(matches!(&e, TrainError::Checkpoint(CheckpointError::Corrupt { .. })), "{}", e);

        let mut changed = bytes.clone();
        changed[flip.index(bytes.len())] ^= 1 << bit;
        std::fs::write(&file, &changed).unwrap();
        match run(&config, 0, &file, &mut go_on) {
            Err(TrainError::Checkpoint(CheckpointError::Corrupt { .. } | CheckpointError::OtherRun { .. })) => {}
            // Bits of the header that are not read as numbers of ours, such as padding.
            Ok(found) => prop_assert_eq!(weights(&found.net), weights(&whole.net)),
            Err(e) => prop_assert!(false, "{}", e),
        }
    }
}
