package store

import "testing"

func TestParsedOnce(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ query, want string }{
		{`select id from media where id > $1 order by id limit $2`, `select id from media where id > $1 order by id limit $2+0`},
		{`select 1 from (select id from media limit $12) m`, `select 1 from (select id from media limit $12+0) m`},
		{`select id from listing limit $2 offset $3`, `select id from listing limit $2+0 offset $3`},
		{`select id from media limit 1`, `select id from media limit 1`},
		{`update media set rate_limit = $1`, `update media set rate_limit = $1`},
	} {
		if got := parsedOnce(row.query); got != row.want {
			t.Errorf("%s\nbecomes %s\nwant    %s", row.query, got, row.want)
		}
	}
}
