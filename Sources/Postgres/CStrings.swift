import Glibc

/// Arrays of C strings, as libpq expects them.
enum CStrings {
    static func copy(_ text: String?) -> UnsafePointer<CChar>? {
        text.flatMap { UnsafePointer(strdup($0)) }
    }

    static func free(_ strings: [UnsafePointer<CChar>?]) {
        for string in strings { Glibc.free(UnsafeMutablePointer(mutating: string)) }
    }
}
