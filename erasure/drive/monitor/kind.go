package monitor

// kind is one of the calls a drive knows. Figures and deadlines are kept for each.
type kind uint8

const (
	info kind = iota
	volumes
	makeVolume
	removeVolume
	readFile
	open
	stat
	list
	walk
	create
	discard
	commit
	fence
	readAt
	next
	write
	closeFile
	release
	probe
	kinds
)

// traits is what the monitor knows of a kind.
type traits struct {
	name string
	// long calls take a time that cannot be told beforehand. When they are overdue the monitor looks after the drive.
	long bool
	// changes are refused by a drive that can only be read.
	changes bool
	// loose changes carry no stamp. One that was given up and comes late might undo what was done since, so the drive is not
	// let back before it is home.
	loose bool
}

// table is by kind.
var table = [kinds]traits{
	info:         {name: "Info"},
	volumes:      {name: "Volumes"},
	makeVolume:   {name: "MakeVolume", changes: true, loose: true},
	removeVolume: {name: "RemoveVolume", changes: true, loose: true},
	readFile:     {name: "ReadFile"},
	open:         {name: "Open"},
	stat:         {name: "Stat"},
	list:         {name: "List"},
	walk:         {name: "Walk"},
	create:       {name: "Create", changes: true, loose: true},
	discard:      {name: "Discard", changes: true, loose: true},
	commit:       {name: "Commit", changes: true},
	fence:        {name: "Fence", changes: true},
	readAt:       {name: "ReadAt", long: true},
	next:         {name: "Next", long: true},
	write:        {name: "Write", long: true, changes: true},
	closeFile:    {name: "Close", long: true, changes: true, loose: true},
	release:      {name: "Release"},
	probe:        {name: "Probe"},
}

func (k kind) String() string { return table[k].name }
