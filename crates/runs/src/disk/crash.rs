//! The disks that a dying machine may leave.
//!
//! A file's content is certain once the file was flushed, and its name once its directory was.
//! Until then a content may be lost, come back as zeros or be cut short, and the names of a
//! directory may have changed in any order, some and not others. That is weaker than what the
//! usual file systems give, and as weak as the standard allows.

use super::journal::DiskStep;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// What survives of that which was not flushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surviving {
    /// Nothing.
    Nothing,
    /// Everything, as after the death of a process alone.
    Everything,
    /// Of each change of a name, and of each content, what is drawn for it.
    Drawn,
}

/// A journal cannot be played back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CrashError {
    /// A content, or the disk to be made, could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A step names what no step before it made.
    #[error("the journal takes a step on {}, which it did not make", path.display())]
    Unknown {
        /// The file or directory.
        path: PathBuf,
    },
}

/// Makes at `disk`, which must not exist, what a machine that died after `steps` may leave of the
/// directory `root`, which was empty before them. Steps outside of it are passed over. Contents are
/// taken from the `journal`'s directory; `draw(n)` is a number below `n`.
///
/// # Errors
/// [`CrashError`]
pub fn crashed(
    steps: &[DiskStep],
    root: &Path,
    journal: &Path,
    disk: &Path,
    surviving: Surviving,
    draw: &mut dyn FnMut(usize) -> usize,
) -> Result<(), CrashError> {
    let mut played = Played::new(root);
    for step in steps {
        played.take(step)?;
    }
    let mut lost = Lost { surviving, draw };
    played.write(ROOT, journal, disk, &mut lost)
}

const ROOT: usize = 0;

enum Node {
    File { content: String, flushed: bool },
    Directory { certain: Names, changes: Vec<Change>, live: Names },
}

type Names = BTreeMap<OsString, usize>;

/// A change of the names in a directory, which takes place as one.
struct Change {
    gone: Option<OsString>,
    here: Option<(OsString, usize)>,
}

impl Change {
    fn apply(&self, names: &mut Names) {
        // A name that is gone stands only for the file that had it: the rename that would have
        // put a file there may be lost.
        if let Some(gone) = &self.gone {
            names.remove(gone);
        }
        if let Some((name, node)) = &self.here {
            names.insert(name.clone(), *node);
        }
    }
}

struct Played<'a> {
    root: &'a Path,
    nodes: Vec<Node>,
}

struct Lost<'d> {
    surviving: Surviving,
    draw: &'d mut dyn FnMut(usize) -> usize,
}

impl Lost<'_> {
    /// Whether a change that was not flushed is there nevertheless.
    fn survives(&mut self) -> bool {
        match self.surviving {
            Surviving::Nothing => false,
            Surviving::Everything => true,
            Surviving::Drawn => (self.draw)(2) == 0,
        }
    }

    /// What there is of a content that was not flushed.
    fn content(&mut self, whole: Vec<u8>) -> Vec<u8> {
        let kind = match self.surviving {
            Surviving::Nothing => 0,
            Surviving::Everything => 3,
            Surviving::Drawn => (self.draw)(4),
        };
        match kind {
            0 => Vec::new(),
            1 => vec![0; whole.len()],
            2 => whole[..(self.draw)(whole.len() + 1)].to_vec(),
            _ => whole,
        }
    }
}

fn directory() -> Node {
    Node::Directory { certain: Names::new(), changes: Vec::new(), live: Names::new() }
}

impl<'a> Played<'a> {
    fn new(root: &'a Path) -> Self {
        Self { root, nodes: vec![directory()] }
    }

    fn take(&mut self, step: &DiskStep) -> Result<(), CrashError> {
        let inside = |path: &Path| path.starts_with(self.root) && path != self.root;
        match step {
            DiskStep::MakeDirectory { path } if inside(path) => self.change(path, None, Some(directory())),
            DiskStep::Write { path, content } if inside(path) => {
                let file = Node::File { content: content.clone(), flushed: false };
                self.change(path, None, Some(file))
            }
            DiskStep::Flush { path } if path.starts_with(self.root) => {
                let node = self.find(path)?;
                match &mut self.nodes[node] {
                    Node::File { flushed, .. } => *flushed = true,
                    Node::Directory { certain, changes, .. } => {
                        changes.drain(..).for_each(|change| change.apply(certain));
                    }
                }
                Ok(())
            }
            DiskStep::Rename { from, to } if inside(to) => {
                let node = self.find(from)?;
                let (gone, name) = (name(from), name(to));
                self.enter(to, Change { gone, here: name.map(|n| (n, node)) })
            }
            DiskStep::Remove { path } if inside(path) => self.change(path, name(path), None),
            _ => Ok(()),
        }
    }

    /// A name goes, or comes with a new node.
    fn change(&mut self, path: &Path, gone: Option<OsString>, new: Option<Node>) -> Result<(), CrashError> {
        let node = self.nodes.len();
        let here = new.and_then(|new| {
            self.nodes.push(new);
            name(path).map(|n| (n, node))
        });
        self.enter(path, Change { gone, here })
    }

    fn enter(&mut self, path: &Path, change: Change) -> Result<(), CrashError> {
        let parent = self.find(path.parent().unwrap_or(self.root))?;
        match &mut self.nodes[parent] {
            Node::Directory { changes, live, .. } => {
                change.apply(live);
                changes.push(change);
                Ok(())
            }
            Node::File { .. } => Err(CrashError::Unknown { path: path.to_owned() }),
        }
    }

    /// The node that has this path now.
    fn find(&self, path: &Path) -> Result<usize, CrashError> {
        let unknown = || CrashError::Unknown { path: path.to_owned() };
        let below = path.strip_prefix(self.root).map_err(|_| unknown())?;
        // `.` is where one is already.
        let mut names = below.iter().filter(|part| *part != ".");
        names.try_fold(ROOT, |node, part| match &self.nodes[node] {
            Node::Directory { live, .. } => live.get(part).copied().ok_or_else(unknown),
            Node::File { .. } => Err(unknown()),
        })
    }

    fn write(&self, node: usize, journal: &Path, at: &Path, lost: &mut Lost<'_>) -> Result<(), CrashError> {
        let io = |path: &Path| {
            let path = path.to_owned();
            move |source| CrashError::Io { path, source }
        };
        match &self.nodes[node] {
            Node::File { content, flushed } => {
                let kept = journal.join("contents").join(content);
                let whole = std::fs::read(&kept).map_err(io(&kept))?;
                let found = if *flushed { whole } else { lost.content(whole) };
                std::fs::write(at, found).map_err(io(at))
            }
            Node::Directory { certain, changes, .. } => {
                let mut names = certain.clone();
                for change in changes {
                    if lost.survives() {
                        change.apply(&mut names);
                    }
                }
                std::fs::create_dir_all(at).map_err(io(at))?;
                names.iter().try_for_each(|(name, node)| self.write(*node, journal, &at.join(name), lost))
            }
        }
    }
}

fn name(path: &Path) -> Option<OsString> {
    path.file_name().map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::hash_bytes;

    /// Steps on a disk, and the journal's contents.
    struct Script {
        journal: tempfile::TempDir,
        steps: Vec<DiskStep>,
    }

    impl Script {
        fn new() -> Self {
            let journal = tempfile::tempdir().unwrap();
            std::fs::create_dir(journal.path().join("contents")).unwrap();
            Self { journal, steps: Vec::new() }
        }

        fn write(&mut self, path: &str, bytes: &[u8]) {
            let content = hash_bytes(bytes);
            std::fs::write(self.journal.path().join("contents").join(&content), bytes).unwrap();
            self.steps.push(DiskStep::Write { path: path.into(), content });
        }

        fn atomic(&mut self, path: &str, bytes: &[u8]) {
            let from = format!("{path}.tmp");
            self.write(&from, bytes);
            self.flush(&from);
            self.steps.push(DiskStep::Rename { from: from.into(), to: path.into() });
        }

        fn flush(&mut self, path: &str) {
            self.steps.push(DiskStep::Flush { path: path.into() });
        }

        /// What is left of the file `/d/f`, for every draw in turn.
        fn left(&self, surviving: Surviving) -> Vec<Option<Vec<u8>>> {
            let mut all = Vec::new();
            for draws in 0..64_usize {
                let place = tempfile::tempdir().unwrap();
                let disk = place.path().join("disk");
                let mut rest = draws;
                let mut draw = |n: usize| {
                    let drawn = rest % n.max(1);
                    rest /= n.max(1);
                    drawn
                };
                crashed(&self.steps, Path::new("/d"), self.journal.path(), &disk, surviving, &mut draw)
                    .unwrap();
                all.push(std::fs::read(disk.join("f")).ok());
            }
            all.sort();
            all.dedup();
            all
        }
    }

    #[test]
    fn what_is_not_flushed_may_be_lost_or_come_back_as_anything() {
        let mut script = Script::new();
        script.write("/d/f", b"ab");
        assert_eq!(script.left(Surviving::Nothing), [None]);
        assert_eq!(script.left(Surviving::Everything), [Some(b"ab".to_vec())]);
        let expected = [None, Some(vec![]), Some(vec![0, 0]), Some(b"a".to_vec()), Some(b"ab".to_vec())];
        assert_eq!(script.left(Surviving::Drawn), expected);
        // The name alone is certain then: the content is not.
        script.flush("/d");
        assert_eq!(script.left(Surviving::Nothing), [Some(vec![])]);
    }

    #[test]
    fn a_file_that_is_replaced_by_the_book_is_old_or_new() {
        let mut script = Script::new();
        script.atomic("/d/f", b"old");
        script.flush("/d");
        assert_eq!(script.left(Surviving::Drawn), [Some(b"old".to_vec())]);
        script.atomic("/d/f", b"new");
        assert_eq!(script.left(Surviving::Drawn), [Some(b"new".to_vec()), Some(b"old".to_vec())]);
        script.flush("/d");
        assert_eq!(script.left(Surviving::Drawn), [Some(b"new".to_vec())]);
    }

    #[test]
    fn without_the_flush_of_the_file_a_rename_may_bring_zeros() {
        let mut script = Script::new();
        script.atomic("/d/f", b"old");
        script.flush("/d");
        script.write("/d/t", b"new");
        script.steps.push(DiskStep::Rename { from: "/d/t".into(), to: "/d/f".into() });
        script.flush("/d");
        let left = script.left(Surviving::Drawn);
        assert!(left.contains(&Some(vec![0, 0, 0])) && !left.contains(&Some(b"old".to_vec())), "{left:?}");
    }

    #[test]
    fn names_may_change_in_another_order() {
        let mut script = Script::new();
        script.atomic("/d/g", b"first");
        script.atomic("/d/f", b"second");
        // `f` may be there, complete, although `g`, which was written before it, is not.
        assert_eq!(script.left(Surviving::Drawn), [None, Some(b"second".to_vec())]);
        let unknown = DiskStep::Flush { path: "/d/x/y".into() };
        let mut played = Played::new(Path::new("/d"));
        assert!(matches!(played.take(&unknown), Err(CrashError::Unknown { .. })));
        assert!(played.take(&DiskStep::Flush { path: "/elsewhere".into() }).is_ok());
    }
}
