package credentials

// Unusable classifies what a source found wrong with the Secret when it read its
// own keys. The error names keys and never values.
func (c Credentials) Unusable(err error) error { return invalid(c.Secret, err) }
