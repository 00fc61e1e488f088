//! A registration with rules: what is typed of a mother, what the program makes of it.
