CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
CREATE TABLE changes (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	at DOUBLE NOT NULL,
	kind VARCHAR(16) NOT NULL,
	endpoint JSON NOT NULL
);
CREATE TABLE endpoints (
	id INTEGER NOT NULL,
	sid VARCHAR(16) NOT NULL,
	key_id INTEGER NOT NULL,
	prediction_url VARCHAR(2000) NOT NULL,
	interface_url VARCHAR(2000) NOT NULL,
	name VARCHAR(200) NOT NULL,
	version VARCHAR(200) NOT NULL,
	modality VARCHAR(200) NOT NULL,
	anatomy VARCHAR(200) NOT NULL,
	task VARCHAR(200) NOT NULL,
	description TEXT NOT NULL,
	card JSON NOT NULL,
	modality_folded VARCHAR(400) NOT NULL,
	anatomy_folded VARCHAR(400) NOT NULL,
	task_folded VARCHAR(400) NOT NULL,
	search TEXT NOT NULL,
	first_seen DOUBLE NOT NULL,
	announced DOUBLE NOT NULL,
	last_seen DOUBLE NOT NULL,
	expires DOUBLE NOT NULL,
	listed BOOLEAN NOT NULL,
	state VARCHAR(16) NOT NULL,
	state_since DOUBLE,
	next_check DOUBLE NOT NULL,
	failures INTEGER NOT NULL, page_url VARCHAR(2000) DEFAULT '' NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(key_id) REFERENCES keys (id),
	UNIQUE (key_id, prediction_url),
	UNIQUE (sid)
);
CREATE TABLE keys (
	id INTEGER NOT NULL,
	hash VARCHAR(64) NOT NULL,
	previous_hash VARCHAR(64),
	previous_until DOUBLE,
	owner VARCHAR(200) NOT NULL,
	note TEXT NOT NULL,
	max_endpoints INTEGER,
	created DOUBLE NOT NULL,
	expires DOUBLE,
	revoked DOUBLE,
	PRIMARY KEY (id),
	UNIQUE (hash),
	UNIQUE (previous_hash)
);
CREATE INDEX ix_changes_at ON changes (at);
CREATE INDEX ix_endpoints_anatomy ON endpoints (listed, anatomy_folded, id);
CREATE INDEX ix_endpoints_expires ON endpoints (listed, expires);
CREATE INDEX ix_endpoints_listed ON endpoints (listed, id);
CREATE INDEX ix_endpoints_modality ON endpoints (listed, modality_folded, id);
CREATE INDEX ix_endpoints_next_check ON endpoints (listed, next_check);
CREATE INDEX ix_endpoints_task ON endpoints (listed, task_folded, id);
INSERT INTO alembic_version VALUES ('0002');
