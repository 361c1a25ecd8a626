//! Networks on disk.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_cmp)]

use relata_networks::{Activation, MlpConfig, RelationNet, StoreError, load, save};
use relata_relations::Seed;

fn nets() -> Vec<RelationNet> {
    let mlp = |name: &str| {
        let config = MlpConfig::new(2, 3)
            .with_width(4)
            .with_activation(Activation::Sine)
            .with_fourier(5, 1.5)
            .with_residual();
        config.init(Seed(3), name).unwrap()
    };
    vec![
        RelationNet::symmetric(mlp("a")),
        RelationNet::asymmetric(mlp("a"), mlp("b")).unwrap(),
        RelationNet::indefinite(mlp("a"), vec![1.0, -1.0, 1.0]).unwrap(),
    ]
}

#[test]
fn a_network_survives_a_round_trip_bit_for_bit_and_files_are_stable() {
    let dir = tempfile::tempdir().unwrap();
    for (i, net) in nets().iter().enumerate() {
        let (a, b) = (dir.path().join(format!("{i}a")), dir.path().join(format!("{i}b")));
        save(net, &a).unwrap();
        save(net, &b).unwrap();
        assert_eq!(std::fs::read(&a).unwrap(), std::fs::read(&b).unwrap());
        assert_eq!(&load(&a).unwrap(), net);
    }
}

#[test]
fn networks_of_different_shapes_are_different() {
    let of = |width: usize| {
        RelationNet::symmetric(MlpConfig::new(2, 3).with_width(width).init(Seed(3), "a").unwrap())
    };
    assert!(of(4) == of(4) && of(4) != of(5));
}

#[test]
fn damaged_files_are_refused_by_name_and_never_panic() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("net.safetensors");
    save(&nets()[1], &path).unwrap();
    let whole = std::fs::read(&path).unwrap();
    for length in [0, 4, 8, 40, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&path, &whole[..length]).unwrap();
        let message = load(&path).unwrap_err().to_string();
        assert!(message.contains("net.safetensors"), "{message}");
    }
    let mut nan = whole.clone();
    let end = nan.len();
    nan[end - 8..].copy_from_slice(&f64::NAN.to_le_bytes());
    std::fs::write(&path, &nan).unwrap();
    assert!(matches!(load(&path), Err(StoreError::Network { .. })));
    for i in (0..whole.len().min(600)).step_by(7) {
        let mut bent = whole.clone();
        bent[i] ^= 0x55;
        std::fs::write(&path, &bent).unwrap();
        let _ = load(&path);
    }
    assert!(matches!(load(&dir.path().join("absent")), Err(StoreError::Io { .. })));
}
