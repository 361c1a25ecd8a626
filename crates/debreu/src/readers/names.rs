//! Items by name, numbered in order of first appearance.

use std::collections::BTreeMap;

#[derive(Default)]
pub(crate) struct Names {
    list: Vec<String>,
    number: BTreeMap<String, usize>,
}

impl Names {
    pub(crate) fn number(&mut self, name: &str) -> usize {
        let name = name.trim();
        if let Some(&k) = self.number.get(name) {
            return k;
        }
        self.list.push(name.to_owned());
        self.number.insert(name.to_owned(), self.list.len() - 1);
        self.list.len() - 1
    }

    pub(crate) fn into_list(self) -> Vec<String> {
        self.list
    }
}
