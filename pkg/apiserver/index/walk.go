package index

import "slices"

// walk is a place in one list.
type walk struct {
	list     uint32
	at, end  uint32
	document uint32 // one more than the number read last; 0 at first
}

func (l *lists) walk(list uint32) walk {
	return walk{list: list, at: l.at[list], end: l.at[list+1]}
}

func (w *walk) size() uint32 { return w.end - w.at }

// seek moves to the first document of the list at or after wanted, where it may
// be already; false if there is none.
func (w *walk) seek(l *lists, wanted uint32) bool {
	if w.document > wanted {
		return true
	}
	w.skip(l, wanted)
	document, at := w.document, w.at
	for document <= wanted {
		if at == w.end {
			w.at, w.document = at, document
			return false
		}
		difference := uint32(l.data[at])
		at++
		if difference >= 0x80 {
			difference &= 0x7f
			for shift := 7; ; shift += 7 {
				b := l.data[at]
				at++
				difference |= uint32(b&0x7f) << shift
				if b < 0x80 {
					break
				}
			}
		}
		document += difference + 1
	}
	w.at, w.document = at, document
	return true
}

// skip enters at the last block that begins before wanted. The blocks of the
// list after the present one are those that begin inside it.
func (w *walk) skip(l *lists, wanted uint32) {
	if w.at == w.end {
		return
	}
	next, last := w.at/blockSize+1, (w.end-1)/blockSize
	if next > last || l.entries[next] > wanted {
		return
	}
	blocks := l.entries[next : last+1]
	// The first block whose entry is beyond wanted; the one before it is right.
	beyond, _ := slices.BinarySearch(blocks, wanted+1)
	block := next + uint32(beyond) - 1
	at := block * blockSize
	// A number that reaches over the border ends at the first byte below 0x80.
	for l.data[at-1] >= 0x80 {
		at++
	}
	w.at, w.document = at, l.entries[block]
}
