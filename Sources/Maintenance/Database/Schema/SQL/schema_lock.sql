-- The number is "vecstwrd" in ASCII. The waiting form would hold a snapshot, which a concurrent build waits for.
SELECT pg_try_advisory_xact_lock(8531334416649646692) AS is_locked
