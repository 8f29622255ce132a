INSERT INTO vecsteward.migration (version) VALUES ($1)
