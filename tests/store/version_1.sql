-- The tables of a SQLite store of version 1, as that program made them, with something in each that holds money or stock.
CREATE TABLE store_schema (
	only_row INTEGER NOT NULL CONSTRAINT ck_store_schema_one CHECK (only_row = 1), 
	version INTEGER NOT NULL, 
	CONSTRAINT pk_store_schema PRIMARY KEY (only_row)
);
CREATE TABLE stock (
	sku VARCHAR NOT NULL, 
	available BIGINT NOT NULL CONSTRAINT ck_stock_available CHECK (available >= 0), 
	CONSTRAINT pk_stock PRIMARY KEY (sku)
);
CREATE TABLE reservations (
	reservation_id VARCHAR NOT NULL, 
	status VARCHAR NOT NULL CONSTRAINT ck_reservations_status CHECK (status IN ('HELD', 'RELEASED', 'CONSUMED')), 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_reservations PRIMARY KEY (reservation_id)
);
CREATE TABLE captures (
	payment_id VARCHAR NOT NULL, 
	order_id VARCHAR NOT NULL, 
	amount BIGINT NOT NULL CONSTRAINT ck_captures_amount CHECK (amount > 0), 
	currency VARCHAR NOT NULL, 
	reference VARCHAR NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_captures PRIMARY KEY (payment_id), 
	UNIQUE (reference)
);
CREATE INDEX ix_captures_order_id ON captures (order_id);
CREATE TABLE parcels (
	parcel_id VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	order_id VARCHAR, 
	carrier TEXT, 
	address JSON, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_parcels PRIMARY KEY (parcel_id)
);
CREATE INDEX ix_parcels_order_id ON parcels (order_id);
CREATE TABLE emails (
	message_key VARCHAR NOT NULL, 
	recipient TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	body TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	attempts INTEGER NOT NULL, 
	claimed_until DATETIME, 
	sent_at DATETIME, 
	rejection TEXT, 
	CONSTRAINT pk_emails PRIMARY KEY (message_key)
);
CREATE TABLE messages (
	send_id VARCHAR NOT NULL, 
	campaign_id VARCHAR NOT NULL, 
	user_id VARCHAR NOT NULL, 
	channel VARCHAR NOT NULL, 
	address TEXT NOT NULL, 
	subject TEXT, 
	body TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	attempts INTEGER NOT NULL, 
	claimed_until DATETIME, 
	sent_at DATETIME, 
	rejection TEXT, 
	CONSTRAINT pk_messages PRIMARY KEY (send_id)
);
CREATE INDEX ix_messages_campaign_id_user_id ON messages (campaign_id, user_id);
CREATE TABLE notifications (
	notification_key VARCHAR NOT NULL, 
	request_id VARCHAR NOT NULL, 
	channel TEXT, 
	ts TEXT, 
	created_at DATETIME NOT NULL, 
	attempts INTEGER NOT NULL, 
	claimed_until DATETIME, 
	sent_at DATETIME, 
	rejection TEXT, 
	CONSTRAINT pk_notifications PRIMARY KEY (notification_key)
);
CREATE INDEX ix_notifications_request_id ON notifications (request_id);
CREATE TABLE people (
	person_id VARCHAR NOT NULL, 
	name TEXT NOT NULL, 
	email TEXT NOT NULL, 
	manager VARCHAR, 
	CONSTRAINT pk_people PRIMARY KEY (person_id), 
	CONSTRAINT fk_people_manager FOREIGN KEY(manager) REFERENCES people (person_id)
);
CREATE TABLE users (
	user_id VARCHAR NOT NULL, 
	email_address TEXT NOT NULL, 
	phone TEXT NOT NULL, 
	timezone TEXT NOT NULL, 
	email BOOLEAN NOT NULL, 
	sms BOOLEAN NOT NULL, 
	push BOOLEAN NOT NULL, 
	CONSTRAINT pk_users PRIMARY KEY (user_id), 
	CONSTRAINT ck_users_email CHECK (email IN (0, 1)), 
	CONSTRAINT ck_users_sms CHECK (sms IN (0, 1)), 
	CONSTRAINT ck_users_push CHECK (push IN (0, 1))
);
CREATE TABLE segments (
	segment VARCHAR NOT NULL, 
	CONSTRAINT pk_segments PRIMARY KEY (segment)
);
CREATE TABLE reservation_lines (
	reservation_id VARCHAR NOT NULL, 
	sku VARCHAR NOT NULL, 
	quantity BIGINT NOT NULL CONSTRAINT ck_reservation_lines_quantity CHECK (quantity > 0), 
	CONSTRAINT pk_reservation_lines PRIMARY KEY (reservation_id, sku), 
	CONSTRAINT fk_reservation_lines_reservation_id FOREIGN KEY(reservation_id) REFERENCES reservations (reservation_id), 
	CONSTRAINT fk_reservation_lines_sku FOREIGN KEY(sku) REFERENCES stock (sku)
);
CREATE INDEX ix_reservation_lines_sku ON reservation_lines (sku);
CREATE TABLE refunds (
	refund_key VARCHAR NOT NULL, 
	payment_id VARCHAR NOT NULL, 
	order_id VARCHAR NOT NULL, 
	amount BIGINT NOT NULL CONSTRAINT ck_refunds_amount CHECK (amount > 0), 
	currency VARCHAR NOT NULL, 
	reference VARCHAR NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_refunds PRIMARY KEY (refund_key), 
	CONSTRAINT fk_refunds_payment_id FOREIGN KEY(payment_id) REFERENCES captures (payment_id), 
	UNIQUE (reference)
);
CREATE INDEX ix_refunds_payment_id ON refunds (payment_id);
CREATE TABLE parcel_reports (
	parcel_id VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_parcel_reports PRIMARY KEY (parcel_id, status), 
	CONSTRAINT fk_parcel_reports_parcel_id FOREIGN KEY(parcel_id) REFERENCES parcels (parcel_id)
);
CREATE TABLE group_members (
	group_name VARCHAR NOT NULL, 
	person_id VARCHAR NOT NULL, 
	CONSTRAINT pk_group_members PRIMARY KEY (group_name, person_id), 
	CONSTRAINT fk_group_members_person_id FOREIGN KEY(person_id) REFERENCES people (person_id)
);
CREATE INDEX ix_group_members_person_id ON group_members (person_id);
CREATE TABLE segment_members (
	segment VARCHAR NOT NULL, 
	user_id VARCHAR NOT NULL, 
	CONSTRAINT pk_segment_members PRIMARY KEY (segment, user_id), 
	CONSTRAINT fk_segment_members_segment FOREIGN KEY(segment) REFERENCES segments (segment), 
	CONSTRAINT fk_segment_members_user_id FOREIGN KEY(user_id) REFERENCES users (user_id)
);
CREATE INDEX ix_segment_members_user_id ON segment_members (user_id);
INSERT INTO store_schema VALUES (1, 1);
INSERT INTO stock VALUES ('SKU-LAMP', 7);
INSERT INTO reservations VALUES ('ORD-1', 'HELD', '2025-01-31 14:30:22.000000');
INSERT INTO reservation_lines VALUES ('ORD-1', 'SKU-LAMP', 3);
INSERT INTO captures VALUES ('pay_1', 'ORD-1', 12000, 'USD', 'cap_1', '2025-01-31 14:31:00.000000');
INSERT INTO refunds VALUES ('ORD-1/refund/pay_1', 'pay_1', 'ORD-1', 2000, 'USD', 'ref_1', '2025-01-31 14:32:00.000000');
