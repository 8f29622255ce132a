/// The version of the program, as in `--version` and in reports.
let programVersion = "0.1.0"
