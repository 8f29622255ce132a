/// The version of the program, as `--version` and reports say it.
let programVersion = "0.1.0"
