-- A database as the service that Watchword replaces leaves it behind, with people of our own making.
CREATE TABLE users (
    id serial NOT NULL,
    email character varying(320) NOT NULL,
    full_name character varying(255),
    hashed_password character varying(255) NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    is_email_verified boolean NOT NULL,
    email_otp_hash character varying(255),
    email_otp_expires_at timestamp with time zone,
    email_otp_attempts integer NOT NULL,
    email_otp_last_sent_at timestamp with time zone
);
ALTER TABLE ONLY users ADD CONSTRAINT users_pkey PRIMARY KEY (id);
CREATE INDEX ix_unverified_users_created_at ON users USING btree (is_email_verified, created_at);
CREATE UNIQUE INDEX ix_users_email ON users USING btree (email);
CREATE INDEX ix_users_id ON users USING btree (id);

INSERT INTO users (id, email, full_name, hashed_password, created_at, is_email_verified, email_otp_hash,
                   email_otp_expires_at, email_otp_attempts, email_otp_last_sent_at) VALUES
(1, 'anna@example.com', 'Anna Ark', '$bcrypt-sha256$v=2,t=2b,r=4$BaqLjIrQY/sTqORyljBP6u$MMu5ntkTsgr2u0FMnwJUTK4oRyhvpZy', '2026-01-02 10:00:00+00', true, NULL, NULL, 0, NULL),
(2, 'Twin.Peak@example.com', 'Twin One', '$bcrypt-sha256$v=2,t=2b,r=4$6DlN75Yy7KMSrUQLY2PWPe$SluLad5OzliLwKFbSBkl3BP6eRDjA7a', '2026-01-03 10:00:00+00', true, NULL, NULL, 0, NULL),
(3, 'twin.peak@example.com', NULL, '$bcrypt-sha256$v=2,t=2b,r=4$fXuc/Fg.mGP1PHOMnSbMGe$j1Mdw9CPSgBbCNW4n2GSE4H9fBOD7Tu', '2026-01-04 10:00:00+00', true, NULL, NULL, 0, NULL),
(4, 'olga@example.com', 'Ольга', '$bcrypt-sha256$v=2,t=2b,r=4$/4KXD2jvWKqGbokHYjmi8u$Yo3FkwRLeOMvG9Ut70eUVmP.dcykL1a', '2026-01-05 10:00:00+00', true, NULL, NULL, 0, NULL),
(5, 'Zoë@example.com', 'Zoë', '$bcrypt-sha256$v=2,t=2b,r=4$HRTMz5gppHxPyf9b.fpz/e$S7xPX01jx1uUPvd6GD7xl0u9Glz1APK', '2026-01-06 10:00:00+00', true, NULL, NULL, 0, NULL),
(6, 'pending@example.com', 'Not Yet', '$bcrypt-sha256$v=2,t=2b,r=4$tEitdx05lca4.2ANAGU8fO$vFXYrQuUeEdvDeBwb2OC.oyI3khAn/2', '2026-01-07 10:00:00+00', false, '$bcrypt-sha256$v=2,t=2b,r=4$Jlro6h5uGTDxpvw5h3IKUu$A1LzKfVQ3m5tE0SmWjDbUTgZ7f1afGu', now() + interval '1 day', 0, now() - interval '1 hour'),
(7, 'guessed@example.com', 'Guessed', '$bcrypt-sha256$v=2,t=2b,r=4$PfapI3mERBiDzCOizNlRS.$5Qbcg8sXxXUWVaTstdiS.ZumeXJa36C', '2026-01-08 10:00:00+00', false, '$bcrypt-sha256$v=2,t=2b,r=4$ZSI2ZNc/TuyWo.O/Dh2xd.$q0qrNKdbvF1voLhfP60bGgpLEw.aCK2', now() + interval '1 day', 0, now() - interval '1 hour'),
(8, 'plain2b@example.com', '', '$2b$04$XNSQ3FO5SMIVDgFcprq.AO6M9o6V9zoIBut7yyZohf3M57t9pKyLq', '2026-01-09 10:00:00+00', true, NULL, NULL, 0, NULL),
(9, 'plain2a@example.com', NULL, '$2a$04$kp4XAgekHhh3hunX7Zv2b.Q/TVpddzUUNVm2JMkoa3jvEXkJ.6Hka', '2026-01-01 10:00:00+00', true, NULL, NULL, 0, NULL),
(10, 'plain2y@example.com', NULL, '$2y$04$lclZaWu6LRE9IkhScYsPA.6zJ5KoFw0GczZTc3L2Hz/Ut6M50IMJq', '2026-01-02 10:00:00+00', true, NULL, NULL, 0, NULL),
(11, 'version1@example.com', NULL, '$bcrypt-sha256$2b,4$7xkpleSNrx/UfXFlOaRgEO$PPoze8wg0vyBapj0WueXAuRIUrACFwy', '2026-01-03 10:00:00+00', true, NULL, NULL, 0, NULL),
(12, 'broken1@example.com', NULL, '!', '2026-01-04 10:00:00+00', true, NULL, NULL, 0, NULL),
(13, 'broken2@example.com', NULL, '', '2026-01-05 10:00:00+00', true, NULL, NULL, 0, NULL);

-- The ids were copied, the sequence was not: it is behind.
SELECT setval('users_id_seq', 3);
