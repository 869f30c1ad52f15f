package shelf

// Loan is an item that cannot be closed before it is given back.
type Loan[K comparable, V Item] struct {
	shelf *Shelf[K, V]
	place *place[K, V]
	// Fresh is true for the one who fetched the item just now.
	Fresh bool
}

// Item is what is lent.
func (l *Loan[K, V]) Item() V { return l.place.item }

// GiveBack ends the loan. It must be called once.
func (l *Loan[K, V]) GiveBack() {
	l.shelf.mu.Lock()
	defer l.shelf.mu.Unlock()
	l.shelf.giveBack(l.place)
}

// Discard takes a broken item off the shelf, so that it is lent to nobody any more.
// It must still be given back.
func (l *Loan[K, V]) Discard() {
	l.shelf.mu.Lock()
	defer l.shelf.mu.Unlock()
	if !l.place.gone {
		l.shelf.takeOff(l.place)
	}
}
