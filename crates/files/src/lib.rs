//! Files of strangers: text tables, lists and arrays in; labelled tables and matrices out.
