-- SPDX-License-Identifier: Apache-2.0
-- The shop's tables, with generated content: 2,000 products, 200,000 reviews, 6,000 orders.
CREATE DATABASE shop CHARACTER SET utf8mb4;
USE shop;
SET max_recursive_iterations = 1000000; -- MariaDB's default of 1,000 is less than the tables below have rows

CREATE TABLE products (
    id INT PRIMARY KEY AUTO_INCREMENT,
    name VARCHAR(80) NOT NULL,
    description VARCHAR(400) NOT NULL,
    price_cents INT NOT NULL,
    stock INT NOT NULL
);
CREATE TABLE reviews (
    id INT PRIMARY KEY AUTO_INCREMENT,
    product_id INT NOT NULL,
    stars TINYINT NOT NULL,
    body VARCHAR(200) NOT NULL,
    KEY (product_id)
);
CREATE TABLE orders (
    id INT PRIMARY KEY AUTO_INCREMENT,
    customer_id INT NOT NULL,
    created_at DATETIME NOT NULL,
    KEY (customer_id)
);
CREATE TABLE order_lines (
    id INT PRIMARY KEY AUTO_INCREMENT,
    order_id INT NOT NULL,
    product_id INT NOT NULL,
    quantity INT NOT NULL,
    price_cents INT NOT NULL,
    KEY (order_id)
);

INSERT INTO products (name, description, price_cents, stock)
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
SELECT CONCAT(ELT(1 + i % 5, 'Oak', 'Steel', 'Linen', 'Glass', 'Cork'), ' ', ELT(1 + i % 7, 'table', 'lamp', 'chair', 'vase', 'shelf', 'mirror', 'bowl'), ' ', i),
       CONCAT('Made by hand. ', REPEAT('It lasts. ', 1 + i % 20)),
       500 + (i * 37) % 40000,
       100000
FROM n;

INSERT INTO reviews (product_id, stars, body)
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000)
SELECT 1 + (i * 7919) % 2000,
       1 + i % 5,
       CONCAT('I find it ', ELT(1 + i % 6, 'sturdy', 'pretty', 'heavy', 'light', 'wobbly', 'timeless'), ', and so does ',
              ELT(1 + i % 4, 'my cat', 'my aunt', 'everyone', 'the postman'), ' (', i, ')')
FROM n;

INSERT INTO orders (customer_id, created_at)
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000)
SELECT 1 + i % 500, '2026-01-01' + INTERVAL i MINUTE FROM n;

INSERT INTO order_lines (order_id, product_id, quantity, price_cents)
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000)
SELECT 1 + i % 6000, 1 + (i * 31) % 2000, 1 + i % 3, 500 + (i * 37) % 40000 FROM n;

CREATE USER shop@'127.0.0.1' IDENTIFIED BY 'shop';
GRANT SELECT, INSERT, UPDATE, DELETE ON shop.* TO shop@'127.0.0.1';
