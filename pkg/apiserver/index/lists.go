package index

import "math/bits"

const (
	gram = 3 // bytes
	// A gram that more than one document in commonShare holds has no list: it
	// would be long, and a look at the text finds the gram soon.
	commonShare = 4
	// blockSize is how many bytes of the lists there are for each entry point.
	blockSize = 128
	// Lists take at most maxLists times the bytes of the text in halves.
	maxLists = 3
)

// lists holds for every hash of a gram the documents with it. A list is the
// differences between the numbers of its documents, less one, as varints:
//
//	documents  3, 4, 200       bytes  03 00 C3 01
//
// Lists lie one after the other. To enter one in the middle, there is an entry
// point for every block of bytes, wherever the lists begin and end:
//
//	data    |·········|·········|·········|
//	lists   [a      ][b                 ][c
//	entries           ^          ^
//
// entries[k] is one more than the document whose number ends at the beginning of
// block k or reaches over it; so the next one can be read without those before.
type lists struct {
	shift   uint32   // turns a hash of 32 bits into the number of a list
	at      []uint32 // where each list begins; one element more than lists
	common  []uint64 // a bit for each list that is left out
	data    []byte
	entries []uint32
}

func (l *lists) size() int {
	return 4*(cap(l.at)+cap(l.entries)) + 8*cap(l.common) + cap(l.data)
}

// number returns the list of the gram in the lower bytes of w.
func (l *lists) number(w uint32) uint32 {
	const odd = 0x9E3779B1 // spreads what differs in few bits; 2^32 / golden ratio
	return w << 8 * odd >> l.shift
}

func (l *lists) isCommon(n uint32) bool { return l.common[n/64]>>(n%64)&1 == 1 }

// newLists makes the lists of documents that begin at starts. It passes over the
// text twice, to measure the lists and to fill them, and so allocates nothing
// that is not kept but two numbers for each list.
func newLists(text string, starts []uint32) lists {
	width := min(max(bits.Len(uint(len(text))), 8), 16)
	l := lists{
		shift:  uint32(32 - width),
		at:     make([]uint32, 1<<width+1),
		common: make([]uint64, 1<<width/64),
	}
	documents := len(starts) - 1
	// seen is one more than the last document of each list.
	seen, counts := make([]uint32, 1<<width), make([]uint32, 1<<width)
	for n := range documents {
		l.measure(text[starts[n]:starts[n+1]], uint32(n), seen, counts)
	}
	l.layOut(documents, maxLists*len(text)/2, counts)
	clear(seen)
	for n := range seen {
		if l.isCommon(uint32(n)) {
			seen[n] = ^uint32(0)
		}
	}
	heads := counts // where the next number of each list goes
	copy(heads, l.at)
	for n := range documents {
		l.fill(text[starts[n]:starts[n+1]], uint32(n), seen, heads)
	}
	return l
}

// measure adds what document n takes to l.at[list+1].
func (l *lists) measure(document string, n uint32, seen, counts []uint32) {
	sizes := l.at[1:]
	for w, left, i := uint32(0), gram, 0; i < len(document); i++ {
		c := document[i]
		if w = w<<8 | uint32(c); c == '\n' {
			left = gram
			continue
		}
		if left--; left > 0 {
			continue
		}
		left = 1
		list := l.number(w)
		if before := seen[list]; before <= n {
			seen[list] = n + 1
			counts[list]++
			sizes[list] += varintSize(n - before)
		}
	}
}

// layOut turns sizes into positions. It leaves out the lists of what is common,
// and of what is less common too if all of them would take more than most bytes.
func (l *lists) layOut(documents, most int, counts []uint32) {
	limit := uint32(documents / commonShare)
	for {
		total := 0
		for n, count := range counts {
			if count > limit {
				l.common[n/64] |= 1 << (n % 64)
			} else {
				total += int(l.at[n+1])
			}
		}
		if total <= most {
			break
		}
		limit /= 2
	}
	end := uint32(0)
	for n := range counts {
		if size := l.at[n+1]; !l.isCommon(uint32(n)) {
			end += size
		}
		l.at[n+1] = end
	}
	l.data = make([]byte, end)
	l.entries = make([]uint32, end/blockSize+1)
}

// fill writes n into the lists of its grams. seen of a common list is more than
// any document.
func (l *lists) fill(document string, n uint32, seen, heads []uint32) {
	for w, left, i := uint32(0), gram, 0; i < len(document); i++ {
		c := document[i]
		if w = w<<8 | uint32(c); c == '\n' {
			left = gram
			continue
		}
		if left--; left > 0 {
			continue
		}
		left = 1
		list := l.number(w)
		if before := seen[list]; before <= n {
			seen[list] = n + 1
			begin := heads[list]
			end := l.put(begin, n-before)
			heads[list] = end
			if begin/blockSize != end/blockSize {
				l.entries[end/blockSize] = n + 1
			}
		}
	}
}

func (l *lists) put(at, number uint32) uint32 {
	for number >= 0x80 {
		l.data[at] = byte(number) | 0x80
		number >>= 7
		at++
	}
	l.data[at] = byte(number)
	return at + 1
}

func varintSize(number uint32) uint32 {
	size := uint32(1)
	for number >= 0x80 {
		number >>= 7
		size++
	}
	return size
}
