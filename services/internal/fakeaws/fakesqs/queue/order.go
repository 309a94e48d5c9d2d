package queue

// fifo is a list of messages to push at one end and pop at the other.
type fifo struct {
	items []*Message
	head  int
}

func (f *fifo) push(m *Message) { f.items = append(f.items, m) }

// pop returns the first message that is not gone, or nil.
func (f *fifo) pop() *Message {
	for f.head < len(f.items) {
		m := f.items[f.head]
		f.items[f.head] = nil
		f.head++
		if f.head*2 > len(f.items) {
			// Without this, the memory before the head would never be freed.
			rest := copy(f.items, f.items[f.head:])
			clear(f.items[rest:])
			f.items, f.head = f.items[:rest], 0
		}
		if !m.gone {
			return m
		}
	}
	return nil
}

// hidden is a heap by visibleAt.
type hidden []*Message

func (h hidden) Len() int           { return len(h) }
func (h hidden) Less(i, j int) bool { return h[i].visibleAt.Before(h[j].visibleAt) }

func (h hidden) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *hidden) Push(x any) {
	m, _ := x.(*Message)
	m.index = len(*h)
	*h = append(*h, m)
}

func (h *hidden) Pop() any {
	last := len(*h) - 1
	m := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	m.index = -1
	return m
}
