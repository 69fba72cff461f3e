package imaging

// heifItems are the pictures of a HEIF file, and what else is in it, as its meta
// box tells (ISO/IEC 14496-12, 8.11, and 23008-12, 6.2 and 9.3). Nothing that it
// tells has been compared with anything else, but that spans are within the file.
type heifItems struct {
	primary    uint32                // the picture to be shown
	kinds      map[uint32]string     // of items: "grid"
	spans      map[uint32]span       // of items whose bytes are in one piece of the file
	parts      map[uint32][]uint32   // what a derived picture is made of, in order
	properties []property            // which belong to
	of         map[uint32][]assigned // items
}

// maxMetaBytes is a hundred times what the meta box of a photo has.
const maxMetaBytes = 1 << 20

// property is a box that tells something of the items it is assigned to.
type property struct {
	kind string
	body cursor
}

// assigned is a property of an item.
type assigned struct {
	index     int // into properties
	essential bool
}

// heifItemsOf reads the meta box. It gives nil for one that has anything unusual
// about it, and for two: each reader takes another.
func heifItemsOf(file []byte) *heifItems {
	var meta *cursor
	for c := (cursor{file: file, end: len(file)}); c.more(); {
		kind, body := c.box()
		if kind != "meta" {
			continue
		}
		if meta != nil || body.span().size > maxMetaBytes {
			return nil
		}
		meta = &body
	}
	if meta == nil {
		return nil
	}
	return readItems(meta)
}

func readItems(meta *cursor) *heifItems {
	meta.version()
	boxes := make(map[string]*cursor)
	for meta.more() {
		kind, body := meta.box()
		if boxes[kind] != nil && kind != "free" {
			return nil
		}
		boxes[kind] = &body
	}
	if meta.failed {
		return nil
	}
	for _, kind := range []string{"pitm", "iinf", "iloc", "iprp"} {
		if boxes[kind] == nil {
			return nil
		}
	}
	for _, kind := range []string{"idat", "iref"} {
		if boxes[kind] == nil {
			boxes[kind] = &cursor{}
		}
	}
	items := &heifItems{}
	items.readPrimary(boxes["pitm"])
	items.readKinds(boxes["iinf"])
	items.readSpans(boxes["iloc"], boxes["idat"].span())
	items.readParts(boxes["iref"])
	items.readProperties(boxes["iprp"])
	for _, box := range boxes {
		if box.failed {
			return nil
		}
	}
	return items
}

// id reads the number of an item, or how many there are: both became longer with a
// version of the box.
func (c *cursor) id(long bool) uint32 {
	if long {
		return uint32(c.uint(4))
	}
	return uint32(c.uint(2))
}

func (items *heifItems) readPrimary(c *cursor) {
	version, _ := c.version()
	items.primary = c.id(version > 0)
}

func (items *heifItems) readKinds(c *cursor) {
	items.kinds = make(map[uint32]string)
	version, _ := c.version()
	left := c.id(version > 0)
	for ; c.more(); left-- {
		kind, entry := c.box()
		version, _ := entry.version()
		if kind != "infe" || version < 2 || version > 3 {
			c.fail()
			return
		}
		id := entry.id(version == 3)
		entry.word(2) // protection, of which there is none in photos
		if items.kinds[id] != "" || entry.failed {
			c.fail()
			return
		}
		items.kinds[id] = entry.text(4)
	}
	if left != 0 {
		c.fail()
	}
}

// readSpans reads where items are: in the file, or in a box of their own.
func (items *heifItems) readSpans(c *cursor, idat span) {
	items.spans = make(map[uint32]span)
	version, _ := c.version()
	sizes := c.word(2)
	offsetSize, lengthSize, baseSize, indexSize := sizes>>12, sizes>>8&15, sizes>>4&15, sizes&15
	if version == 0 {
		indexSize = 0
	}
	if version > 2 || max(offsetSize, lengthSize, baseSize, indexSize) > 8 {
		c.fail()
		return
	}
	seen := make(map[uint32]bool)
	left := c.id(version == 2)
	for ; c.more(); left-- {
		id, method := c.id(version == 2), 0
		if seen[id] {
			c.fail()
		}
		seen[id] = true
		if version > 0 {
			method = c.word(2) & 15
		}
		elsewhere := c.word(2) != 0
		base, extents := c.uint(baseSize), c.word(2)
		if extents != 1 {
			c.bytes(extents * (indexSize + offsetSize + lengthSize))
			continue
		}
		c.uint(indexSize)
		start := base + c.uint(offsetSize)
		size := c.uint(lengthSize)
		within := span{0, len(c.file)}
		if method == 1 {
			within = idat
		}
		if method > 1 || elsewhere || start < base || start > uint64(within.size) || size > uint64(within.size)-start {
			continue
		}
		items.spans[id] = span{within.start + int(start), int(size)}
	}
	if left != 0 {
		c.fail()
	}
}

func (items *heifItems) readParts(c *cursor) {
	items.parts = make(map[uint32][]uint32)
	if !c.more() {
		return
	}
	version, _ := c.version()
	for c.more() {
		kind, reference := c.box()
		from := reference.id(version > 0)
		count := reference.word(2)
		if kind != "dimg" {
			continue
		}
		if items.parts[from] != nil {
			c.fail()
		}
		for range count {
			items.parts[from] = append(items.parts[from], reference.id(version > 0))
			if reference.failed {
				c.fail()
				return
			}
		}
	}
}

func (items *heifItems) readProperties(c *cursor) {
	items.of = make(map[uint32][]assigned)
	for c.more() {
		switch kind, body := c.box(); kind {
		case "ipco":
			if items.properties != nil {
				c.fail()
			}
			for body.more() {
				kind, body_ := body.box()
				items.properties = append(items.properties, property{kind, body_})
			}
			c.failed = c.failed || body.failed
		case "ipma":
			items.readAssigned(&body)
			c.failed = c.failed || body.failed
		}
	}
}

func (items *heifItems) readAssigned(c *cursor) {
	version, flags := c.version()
	bytes, essential := 1, 1<<7
	if flags&1 != 0 {
		bytes, essential = 2, 1<<15
	}
	left := c.word(4)
	for ; c.more(); left-- {
		id, count := c.id(version > 0), c.word(1)
		if items.of[id] != nil {
			c.fail()
		}
		for range count {
			v := c.word(bytes)
			items.of[id] = append(items.of[id], assigned{v&(essential-1) - 1, v&essential != 0})
		}
	}
	if left != 0 {
		c.fail()
	}
}
