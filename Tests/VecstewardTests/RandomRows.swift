/// A statement that puts rows of random vectors with eight dimensions into a table `docs`.
func randomRows(_ first: Int, _ last: Int) -> String {
    """
    INSERT INTO docs
    SELECT g, (SELECT array_agg(random()) FROM generate_series(1, 8) WHERE g = g)::vector(8)
    FROM generate_series(\(first), \(last)) AS g;
    """
}
