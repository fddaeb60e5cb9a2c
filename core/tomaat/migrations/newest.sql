CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
CREATE TABLE audit (
	number INTEGER NOT NULL,
	time DOUBLE NOT NULL,
	action VARCHAR(32) NOT NULL,
	caller VARCHAR(64) NOT NULL,
	request VARCHAR(64) NOT NULL,
	app VARCHAR(64) NOT NULL,
	plugin VARCHAR(200) NOT NULL,
	job VARCHAR(26) NOT NULL,
	weights VARCHAR(64) NOT NULL,
	inputs JSON NOT NULL,
	outcome VARCHAR(64) NOT NULL,
	details JSON NOT NULL,
	previous VARCHAR(64) NOT NULL,
	hash VARCHAR(64) NOT NULL,
	PRIMARY KEY (number)
);
CREATE TABLE homes (
	id VARCHAR(26) NOT NULL,
	machine VARCHAR(255) NOT NULL,
	created DOUBLE NOT NULL,
	seen DOUBLE NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE jobs (
	id VARCHAR(26) NOT NULL,
	app VARCHAR(64) NOT NULL,
	state VARCHAR(16) NOT NULL,
	waited BOOLEAN NOT NULL,
	attempts INTEGER NOT NULL,
	created DOUBLE NOT NULL,
	started DOUBLE,
	finished DOUBLE,
	expires DOUBLE,
	inputs JSON NOT NULL,
	formats JSON NOT NULL,
	results JSON NOT NULL,
	error JSON,
	timings JSON NOT NULL,
	provenance JSON NOT NULL, device VARCHAR(16) DEFAULT '' NOT NULL, owner VARCHAR(64) DEFAULT '' NOT NULL, request VARCHAR(64) DEFAULT '' NOT NULL, idempotency VARCHAR(128) DEFAULT '' NOT NULL, keep_inputs BOOLEAN DEFAULT 0 NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE keys (
	prefix VARCHAR(16) NOT NULL,
	apps JSON NOT NULL,
	weights BOOLEAN NOT NULL,
	admin BOOLEAN NOT NULL,
	last_used DOUBLE,
	id INTEGER NOT NULL,
	hash VARCHAR(64) NOT NULL,
	previous_hash VARCHAR(64),
	previous_until DOUBLE,
	owner VARCHAR(200) NOT NULL,
	note TEXT NOT NULL,
	created DOUBLE NOT NULL,
	expires DOUBLE,
	revoked DOUBLE,
	PRIMARY KEY (id),
	UNIQUE (hash),
	UNIQUE (previous_hash)
);
CREATE TABLE memory (
	app VARCHAR(64) NOT NULL,
	version VARCHAR(64) NOT NULL,
	device VARCHAR(16) NOT NULL,
	weights VARCHAR(64) NOT NULL,
	rss BIGINT NOT NULL,
	gpu BIGINT NOT NULL,
	jobs INTEGER NOT NULL,
	PRIMARY KEY (app, version, device, weights)
);
CREATE TABLE weights (
	app VARCHAR(64) NOT NULL,
	id VARCHAR(100) NOT NULL,
	format VARCHAR(32) NOT NULL,
	sha256 VARCHAR(64) NOT NULL,
	size BIGINT NOT NULL,
	created DOUBLE NOT NULL,
	PRIMARY KEY (app, id)
);
CREATE INDEX ix_jobs_app ON jobs (app);
CREATE INDEX ix_jobs_expires ON jobs (expires);
CREATE UNIQUE INDEX ix_jobs_idempotency ON jobs (owner, app, idempotency) WHERE idempotency != '';
CREATE INDEX ix_jobs_state ON jobs (state);
CREATE INDEX ix_weights_sha256 ON weights (sha256);
CREATE TRIGGER audit_guard_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
CREATE TRIGGER audit_guard_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
INSERT INTO alembic_version VALUES ('0006');
