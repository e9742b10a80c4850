# SPDX-License-Identifier: Apache-2.0
# Statements whose digest is compared with each server's own (DigestTruthTests). A statement stands between two lines of
# %%; behind %% stand the servers that give none for it, and have only an error: no-mysql, no-mariadb. Where a server's differs
# from ours, digest-differences.txt has it, with the reason. \t, \r and \z stand for a tab, a carriage return, a NUL.
%%
select a from t where a in (1, 2, 3) and b not in ('x', 'y') and c in (select 1) and d in (null)
%%
select a from t where (a, b) = (1, 2) and row(a, b) > row(1, -2)
%%
select a from t where exists (select 1 from u where u.a = t.a limit 1)
%%
select (select max(b) from u) m, t.* from t cross join u natural join v left outer join w using (a, b) right join x on x.a = t.a
%% no-mariadb
select a, rank() over (partition by b order by c desc rows between unbounded preceding and 1 following), lag(a, 1, 0) over w, ntile(4) over (order by a) from t window w as (order by b)
%% no-mariadb
select first_value(a) over (order by b range between interval 1 day preceding and current row) from t
%%
select sum(a) filter_me, avg(distinct a), min(a), std(a), stddev(a), variance(a), bit_or(a), group_concat(distinct a order by a separator '-') from t group by b having count(*) > 1 order by null
%%
with a as (select 1), b (x, y) as (select 2, 3) select * from a, b
%%
select json_object('a', 1, 'b', null), json_array(1, 'x', null), json_extract(a, '$.b'), a from t where json_contains(a, '1', '$.x')
%%
select json_arrayagg(a), json_objectagg(a, b) from t
%%
select 1 as `sel``ect`, 2 as 'str alias', 3 as "str", 4 alias
%%
select t1.a as x, t2.b y from db1.t1 as t1, db2.t2 t2 where t1.id = t2.id
%%
select * from (select 1 as a union select 2 union all select 3) x where x.a between 1 and 2 or not x.a
%%
select 1 except select 2 intersect select 3
%%
(select 1 limit 1) union all (select 2) limit 3 offset 1
%%
select case when a then 'x' when b > 1 then 'y' end, if(a, 1, 2), ifnull(a, 'z'), nullif(a, 1), coalesce(a, null, 2) from t
%%
select cast('1' as signed), cast(a as decimal(10, 2)), cast(a as char(10) character set utf8mb4), convert('1', unsigned integer), binary 'a' = 'A'
%%
select date_sub(now(), interval 7 day), adddate(now(), 1), subdate(now(), interval 1 month), now() - interval '1:30' hour_minute, curdate() + 0
%%
select current_timestamp(6), current_user, current_user(), utc_date, localtimestamp(3), sysdate(3), unix_timestamp()
%%
select 0x0F, X'0f', x'', 0b101, B'11', 1e10, 1E-5, .5e+3, 00012, 1.25, 18446744073709551615, 99999999999999999999999
%%
select -1, +1, - 1, -(1), -(-1), - - -1, 1-1, 1 -1, 1 - -1, a-1, a -1, (a)-1, 'x'-1, f(a)-1, -a, -f(1), !1, ~-1 from t
%%
select a<1, a>1, a<=1, a>=1, a<>1, a!=1, a<=>1, a=1, a and 1, a or 1, a xor 1, a && 1, not a from t
%%
select a like 'x' escape '|', a not like '%', a regexp '^x', a not regexp 'x', a rlike 'x', a sounds like 'x', a is true, a is not false, a is unknown, a is null from t
%%
select 'a''b', 'a\'b', "a""b", "a\"b", 'a"b', "a'b", 'line
break', '', "", ' ', '\\', 'unicode é 漢字 😀'
%%
select n'abc', N'abc', _utf8mb4'x', _latin1'x', _binary 'x', _utf8mb4 'x' collate utf8mb4_bin, _utf8mb4 0x41, _binary b'1'
%%
select @a, @b := 1, @c:=@c+1, @`q u`, @@version, @@global.max_connections, @@session.sql_mode, @@local.autocommit
%%
set @a = 1, @b = 'x', @c := null, @d = -1, @e = (select 1)
%%
set global max_connections = 100, session wait_timeout = 10, @@sql_mode = '', @@global.long_query_time = 1.5
%%
set autocommit = 0
%%
set names 'utf8mb4'
%%
set character set utf8mb4
%%
set sql_mode = default
%%
set session transaction isolation level repeatable read, read only
%%
set password = 'x'
%%
set role none
%%
select /* c1 */ a /* c2 */ , /**/ b -- end
from t # hash
where 1=1 /* last */
%%
select 1 /*!40100 + 2 */ + 3, /*! 4 */
%%
select 1 /*!99999 + 2 */
%%
select 1 /*!50701 + 2 */
%%
select 1 /*!100100 + 2 */
%%
select 1 /*M!100100 + 2 */
%%
select 1 /*!080000 + 2 */
%% no-mysql no-mariadb
select 1 /*!1 , 2*/
%%
select 1--1
%%
select 1 --1
%%
select 1 -- 1
%%
select\t1\r
,

2   ,   3
%%
  select   1
%%
SeLeCt A, B fRoM T wHeRe C = 'd'
%%
select `a`.`b`.`c`, a.b.c, a . b, a .b, a. b from `a`.`b`
%%
select status, name, type, level, value, date, time, timestamp, year, month, day, hour, user, host, host.user, t.status from t
%%
select order_id, orders.order, from_x from orders
%%
select count(*), count (a), count(a) from t
%%
select now(), now (), now from t
%%
select if (1, 2, 3), left ('x', 1), mod (1, 2), char (65), user (), database ()
%%
select max(a), `max`(a), trace.f(1), f (1) from t
%%
insert into t values (1, 'a', null, default, now(), 0x41, -1, true)
%%
insert into t (a, b) values (1, 2), (3, 4), (5, 6)
%%
insert into t (a) values (1), (2), (3)
%%
insert into t values (1, -2), (-3, 4)
%% no-mysql no-mariadb
insert into t (a, b) values (1, (select max(b) from u)), (?, 2)
%%
insert into t set a = 1, b = 'x', c = null, d = default
%%
insert low_priority ignore into t select * from u where a > 1 on duplicate key update b = b + 1, c = 'x', d = null
%%
insert delayed into t values (1)
%%
insert into t () values ()
%% no-mysql
insert into t values (1) returning a, b
%%
insert into t partition (p0, p1) (a) values (1)
%%
replace into t (a, b) values (1, 'x'), (2, 'y')
%%
replace t set a = -1
%%
update t set a = 1, b = b + 1, c = null where id = 5 order by a limit 10
%%
update low_priority ignore t join u on t.a = u.a set t.b = u.b where u.c in (1,2)
%%
update t set a = case id when 1 then 'x' when 2 then 'y' else a end where id in (1, 2)
%%
delete from t where a = 1 order by b limit 5
%%
delete quick t, u from t inner join u on t.a = u.a where t.b < 0
%%
delete from t using t join u on t.a = u.a where u.b = 'x'
%% no-mysql
delete from t where a = 1 returning *
%%
truncate t
%%
truncate table t
%%
call no_such(1, 'x', @o, null, -1)
%%
do sleep(0), 1
%%
do release_lock('x')
%% no-mariadb
table t order by a limit 1
%% no-mariadb
values row(1, 2), row(3, 4)
%%
explain select * from t where a = 1
%% no-mysql
explain extended select 1
%% no-mariadb
explain format = tree select * from t
%% no-mariadb
explain analyze select 1
%% no-mysql
analyze select 1
%%
describe t
%%
desc t 'a%'
%%
explain update t set a = 1
%%
explain for connection 999999
%%
show tables
%%
show full tables from trace like 't%'
%%
show columns from t
%%
show full columns from t in trace where field = 'a'
%%
show index from t
%%
show keys from t
%%
show create database trace
%%
show create schema trace
%%
show databases like 'x%'
%%
show schemas
%%
show status
%%
show session status like 'Threads%'
%%
show global variables where variable_name = 'x'
%%
show warnings
%%
show warnings limit 5
%%
show errors limit 1, 2
%%
show count(*) warnings
%%
show processlist
%%
show engines
%%
show storage engines
%%
show engine innodb status
%%
show grants
%%
show grants for current_user()
%%
show grants for 'app'@'%'
%%
show plugins
%%
show privileges
%%
show collation like 'utf8%'
%%
show character set
%%
show charset like 'x'
%%
show table status like 't'
%%
show open tables
%%
show triggers like 'x%'
%%
show events
%%
show procedure status
%%
show function status like 'x'
%%
show create procedure p
%%
show create view v
%%
show profiles
%%
show binary logs
%% no-mysql
show master status
%%
show replica status
%% no-mysql
show slave status
%%
show create user app
%% no-mariadb
show function code f
%% no-mysql
create table c1 (id int unsigned not null auto_increment, a varchar(255) character set utf8mb4 collate utf8mb4_bin default 'x' comment 'it''s', b decimal(10,2) null, c datetime(6) default current_timestamp on update current_timestamp, d enum('x','y') not null default 'x', e set('a','b'), f text, g longblob, h bit(8) default b'0', i double precision, j float(7,4), k tinyint(1), l bool, m year, n json, primary key (id), unique key u1 (a(10), b), key k1 (c), index i1 using btree (d), check (b > 0), constraint ck check (b < -1)) engine = innodb default charset = utf8mb4 comment = 'x' row_format = dynamic auto_increment = 10
%%
create table if not exists c2 like c1
%%
create table c3 as select 1 as a, 'x' as b
%%
create table c4 select * from c3
%%
create temporary table c5 (a bigint, b smallint, c mediumint, d int1, e int2, f int3, g int4, h int8, i integer, j dec(5,2), k numeric(5), l fixed(5), m real, n float4, o float8, p char(5), q character(5), r character varying(5), s varchar(5), t national char(5), u nchar(5), v national varchar(5), w long varchar, x tinytext, y mediumtext, z longtext)
%%
create table c6 (a tinyblob, b blob, c mediumblob, d binary(5), e varbinary(5), f date, g time(3), h timestamp null, i boolean, j serial, k int zerofill)
%%
create table c7 (a int, b int generated always as (a + 1) virtual, c int as (a * -1) stored, d int invisible)
%%
create table c8 (a int, foreign key (a) references c1 (id) on delete cascade on update set null)
%%
create table c9 (a int, constraint fk foreign key fk (a) references c1 (id) match full on delete restrict on update no action)
%%
create table c10 (id int, a date) partition by range (to_days(a)) (partition p0 values less than (737000) engine = innodb, partition p1 values less than maxvalue)
%%
create table c11 (id int) partition by key (id) partitions 4
%%
create table c12 (id int) partition by linear hash (id) partitions 2
%%
create table c13 (a point not null, b geometry, c linestring, d polygon, e multipoint, f geometrycollection, spatial index (a))
%% no-mariadb
create table c14 (a text, fulltext key ft (a) with parser ngram)
%% no-mysql
create unique index i1 on c1 (a desc, b asc) using hash
%%
create fulltext index i2 on c1 (f)
%% no-mariadb
create index i3 on c1 ((a + 1))
%%
drop index i1 on c1
%%
alter table c1 add column z int first, add column y int after z, drop column a, change b bb int, modify c int not null, rename column d to dd, add index (y), drop index k1, add primary key (z), drop primary key, engine = innodb, rename to c1b
%% no-mysql no-mariadb
alter table c1 add constraint x unique (a), drop foreign key fk, alter column a set default 5, alter b drop default, convert to character set utf8mb4, order by a, disable keys, algorithm = inplace, lock = none
%% no-mysql no-mariadb
alter table c10 add partition (partition p2 values less than (1)), drop partition p0
%%
alter table c10 truncate partition p0
%%
alter table c10 reorganize partition p0 into (partition p1 values less than (1))
%%
alter database trace character set utf8mb4 collate utf8mb4_bin
%%
create database if not exists dd1 default character set = utf8mb4
%%
create schema dd2
%%
drop database if exists dd1
%%
drop schema dd2
%%
drop table if exists c2, c3, c4 cascade
%%
drop temporary table c5
%%
rename table c6 to c6b, c7 to c7b
%%
create or replace view v1 as select a from t with check option
%%
create algorithm = merge definer = 'app'@'%' sql security invoker view v2 (x) as select 1
%%
alter view v1 as select 2
%%
drop view if exists v1, v2
%%
create procedure pr1 (in a int, out b varchar(5), inout c decimal(5,2)) reads sql data comment 'x' begin declare x int default 0; declare y, z varchar(10) default 'q'; declare cur cursor for select 1; declare continue handler for not found set x = 1; open cur; fetch cur into y; close cur; set c = -1.5; select x into b; end
%% no-mysql no-mariadb
create procedure pr2 () begin if 1 = -1 then select 'a'; elseif 2 then select -2; else select null; end if; lbl: while x < 5 do set x = x + 1; iterate lbl; leave lbl; end while lbl; repeat set x = -1; until x > 3 end repeat; end
%%
create procedure pr3 () select 1
%%
create function fu1 (a int) returns varchar(10) charset utf8mb4 deterministic no sql return concat(a, 'x')
%%
create definer = current_user trigger tr1 before insert on c1 for each row set new.a = null
%%
create event ev1 on schedule at current_timestamp + interval 1 hour on completion preserve disable comment 'x' do update t set a = -1
%%
alter event ev1 on schedule every 5 minute starts '2030-01-01 00:00:00' ends '2031-01-01' enable
%%
drop procedure if exists pr1
%%
drop function if exists fu1
%%
drop trigger if exists tr1
%%
drop event if exists ev1
%%
create user 'u1'@'localhost' identified by 'pass word', u2@'10.%' identified by 'x'
%%
create user if not exists u3 identified by 'x' require ssl with max_queries_per_hour 10 max_user_connections 2 password expire never account lock
%%
alter user u3 identified by 'y' account unlock
%% no-mariadb
alter user user() identified by 'y'
%%
rename user u3 to u4
%%
drop user if exists 'u1'@'localhost', u2@'10.%', u4
%% no-mariadb
create role r1, 'r2'@'localhost'
%% no-mariadb
grant select, insert (a, b), update on trace.* to u1@localhost with grant option
%%
grant all privileges on *.* to 'app'@'%'
%%
grant r1 to app
%%
grant execute on procedure trace.pr3 to app
%%
grant usage on *.* to app
%%
revoke insert on trace.* from app
%%
revoke all privileges, grant option from app
%% no-mariadb
drop role r1, 'r2'@localhost
%%
start transaction
%%
start transaction read only
%%
begin
%%
begin work
%%
commit
%%
commit and chain
%%
commit work and no chain no release
%%
rollback
%%
rollback work
%%
savepoint s1
%%
rollback to savepoint s1
%%
release savepoint s1
%%
xa begin 'x', 'y', 1
%%
xa recover
%%
lock tables t read local, u as uu write
%%
unlock tables
%%
flush privileges
%%
flush logs
%%
flush tables t, u with read lock
%%
flush status
%%
analyze table c1, c8
%%
check table c1 quick
%%
checksum table c1
%%
optimize table c1
%%
repair table c1
%%
cache index c1 in hot
%%
load index into cache c1
%%
kill connection 999999
%%
handler t read first limit 1
%%
handler t read i1 = (1, 2) where a > 1
%%
handler t close
%%
load data infile '/tmp/none' replace into table t character set utf8mb4 fields terminated by ',' optionally enclosed by '"' escaped by '\\' lines starting by 'x' terminated by '\n' ignore 2 lines (a, b, @c) set d = @c
%%
select 1 into outfile '/nonexistent/x' fields terminated by ',' enclosed by '"' lines terminated by ';'
%%
select 1 into dumpfile '/nonexistent/x'
%%
select 1, 2 into @x, @y
%%
prepare st1 from 'select 1 + ?'
%% no-mysql
prepare st2 from @sql
%%
execute st1 using @a
%%
execute st1
%%
deallocate prepare st1
%% no-mysql
drop prepare st1
%%
get diagnostics @n = number, @c = row_count
%%
signal sqlstate '45000' set message_text = 'x', mysql_errno = 1644
%%
help 'select'
%%
help contents
%%
use trace
%%
use `trace`
%% no-mysql
reset query cache
%%
purge binary logs to 'x'
%%
purge binary logs before '2020-01-01'
%% no-mysql
change master to master_host = 'x', master_port = 1
%% no-mariadb
change replication source to source_host = 'x', source_port = 1
%%
install plugin x soname 'x.so'
%%
uninstall plugin x
%% no-mariadb
install component 'file://x'
%%
select sql_calc_found_rows * from t limit 10
%%
select sql_no_cache high_priority sql_small_result sql_big_result sql_buffer_result a from t
%%
select straight_join a from t straight_join u
%%
select distinct a from t
%%
select all a from t
%%
select * from t force index (i1, primary) ignore index (i2) use index ()
%%
select * from t as x use index for order by (a)
%% no-mysql
select a from t procedure analyse()
%%
select * from t limit 18446744073709551615 offset 5
%%
select * from t where match (a, b) against ('x y' in boolean mode)
%%
select * from t where match (a) against ('x' with query expansion)
%%
select * from t where a = any (select 1) and b > all (select 2) and c <> some (select 3)
%%
select * from t where a between -1 and 1 and b not between 'a' and 'b'
%%
select * from t where a = 1 for update skip locked
%% no-mariadb
select * from t for update of t nowait
%% no-mariadb
select a member of ('[1, 2]') from t
%%
select 'a' || 'b', 'a' && 'b'
%%
select 1 union distinct select 2 order by 1
%%
select a, count(*) from t group by a, 2 with rollup order by 2 desc, a limit 5
%%
select a from t order by 1, a, 2 + 1, 3 collate utf8mb4_bin, -4, 5.0
%%
select a from t group by 1 having 2 order by 3
%%
select extract(day from a), extract(day_microsecond from a), timestampadd(minute, 5, a), timestampdiff(second, a, b) from t
%%
select interval(5, 1, 10), interval 1 day + a from t
%% no-mysql no-mariadb
select trim('x'), trim(leading 'x' from a), trim(from a), substring(a, 1, 2), substring(a from 1 for 2), substr(a, 1), mid(a, 1, 2), position('x' in a) from t
%%
select weight_string('a' as char(2)), charset('a'), collation('a'), hex('a'), inet_aton('1.2.3.4'), uuid(), md5('x'), rand(5), round(-1.5), truncate(1.5, 1)
%%
select x'4D7953514C', 0x4D, 0XAB, 0xg, 0b2
%%
select 1 as date, 2 as `date`, 3 as end_date
%%
select {d '2020-01-01'}, {t '10:00:00'}, {ts '2020-01-01 10:00:00'}, {fn now()}
%%
select date '2020-01-01', time '10:00', timestamp '2020-01-01 10:00:00'
%% no-mysql no-mariadb
select * from t where a = ? and b in (?, ?) limit ?
%% no-mysql no-mariadb
select ?, ?
%%
select * from t1, (t2, t3) left join (t4 join t5) on 1
%%
select * from `таблица` where `имя` = 'значение'
%%
select ünïcode, 日本 from naïve
%%
select '-- not a comment', '/* nor this */', '# nor that'
%%
select "a" "b" 'c'
%% no-mysql no-mariadb
select a from t where a=1and b=2or c=3
%%
select(1),(2)
%%
select*from t
%%
select a.*,b.c from a,b
%%
select 1.,.5,1.e3
%%
select 1 in (1), 1 in (1, 2), 1 not in (1), 1 in (-1), 1 in ((1)), (1, 2) in ((1, 2)), (1, 2) in ((1, 2), (3, 4)), 1 in (a, 1), 1 in (1, a) from t
%%
select f(), f(1), f(1, 2), f('x', a), f(null), f((1)), f((1, 2)) from t
%%
select ((1)), ((1, 2), (3, 4)), row(1, 2) = row(3, 4)
%%
select null, null is null, not null, (null), a = null, null + 1, -null, f(null, null), case null when null then null else null end, null in (null, 1) from t
%%
select true, false, null, TRUE and FALSE
%% no-mariadb
select default(a), values(a) from t
%% no-mysql no-mariadb
select user@host, root@localhost
%% no-mysql no-mariadb
select 1 from t where
%% no-mysql no-mariadb
select from t
%% no-mysql no-mariadb
selec 1
%% no-mysql no-mariadb
insert into
%% no-mysql no-mariadb
;
%% no-mysql no-mariadb
/* only a comment */
%% no-mysql no-mariadb
shutdown_not
%%
select * from no_such_db.no_such_table where x = 'secret'
%%
select no_such_function(1)
%%
select 1 from dual
%%
select 1 from dual where false
%% no-mariadb
lock instance for backup
%% no-mariadb
unlock instance
%% no-mariadb
alter instance rotate innodb master key
%% no-mariadb
create resource group rg type = user vcpu = 0
%% no-mariadb
set resource group rg
%% no-mariadb
create tablespace ts add datafile 'x.ibd' engine = innodb
%% no-mariadb
create spatial reference system 4120 name 'x' definition 'y'
%%
create server s foreign data wrapper mysql options (user 'x', host 'y')
%%
drop server if exists s
%%
alter table t import tablespace
%% no-mariadb
clone local data directory = '/nonexistent'
%% no-mariadb
import table from '/nonexistent'
%% no-mysql no-mariadb
create sequence sq start with 1 increment by -1
%% no-mysql
select next value for sq, nextval(sq), sq.nextval
%% no-mysql
select * from t for system_time as of now()
%% no-mysql
create table sv (a int) with system versioning
%%
create table cc (a int default -1, b int default (1 + 1), c varchar(5) default null)
%% no-mysql no-mariadb
create package p as end
%% no-mysql
execute immediate 'select 1'
%% no-mysql
execute immediate concat('select ', '?') using 1
%% no-mysql no-mariadb
begin not atomic select 1; end
%% no-mysql
set statement max_statement_time = 1 for select 1
%% no-mysql
create table tp (a int) page_checksum = 1
%% no-mariadb
select json_value('{}', '$.x' returning signed default -1 on empty null on error)
%%
select * from json_table('[{"x":1}]', '$[*]' columns (id for ordinality, x int path '$.x' default '0' on empty error on error)) as jt
%% no-mariadb
select * from t tablesample bernoulli (10)
%% no-mariadb
select a from t qualify row_number() over (order by a) = 1
%% no-mysql
select percentile_cont(0.5) within group (order by a) over (partition by b), median(a) over () from t
%% no-mysql
select group_concat(a limit 2) from t
%% no-mariadb
select * from t left join lateral (select 1) x on true
%%
select a from t order by 2, 1
%%
select a from t group by 3
%%
select a from t order by 1+1
%%
select a from t order by -1
%%
select a from t where a in (1)
%%
select a from t where a in (-1)
%%
select a from t where a in (-1, -2)
%%
select - - 1, 1 - -1, +1
%%
select a - 1, a -1
%%
select null
%%
select (null), (1), (1,2)
%%
insert into t values (null), (null)
%%
insert into t values (1,null), (null,2)
%%
insert into t values (-1,1), (1,-1)
%%
insert into t set a = null
%%
update t set a = null, b = default
%%
select ifnull(null, 1)
%%
create table zz (a int null, b int not null, c int default null, d int null default null, e varchar(255) comment 'x')
%%
alter table zz modify a int null
%%
select @a := null
%%
select a = null or a <=> null
%%
select case when null then null else null end
%%
select cast(null as char)
%%
select count(*), count(distinct a), now(), curdate(), current_timestamp, current_timestamp(), sum(a), substring('a' from 1)
%%
select date_add(a, interval 1 day), a + interval -1 hour
%%
select 'a' 'b' 'c'
%%
select _utf8mb4'x', N'x', x'41', 0x41, b'1', 0b1
%%
select date'2001-01-01', time'10:00:00', timestamp'2001-01-01 00:00:00', {d '2001-01-01'}
%%
select "x"
%%
select a.b, `a`.`b`, a.select, .1, 1., 1e5, 1.e5
%% no-mysql no-mariadb
select @a, @'a', @`a`, @"a b", @@global.x, @@x, @@session.sql_mode
%%
select 1 from dual where 1 = 1 and 2 > 1 || 3 && 4
%%
select a != 1, a <> 1, !a, ~a
%% no-mariadb
select a->'$.x', a->>'$.y' from t
%%
select a div 2, a mod 2, a % 2
%%
select * from t where a like 'x%' escape '!'
%% no-mysql no-mariadb
select * from t where a regexp 'x', b rlike 'y'
%%
select * from t limit 1
%%
select * from t limit 1, 2
%%
select * from t limit 1 offset 2
%%
select 1 union select 2
%%
select 1 union all (select 2)
%%
select true, false, unknown
%% no-mysql
select \N
%%
select /*! 1, */ 2
%%
select /*!50000 1, */ 2
%%
select /*!99999 1, */ 2
%%
select /*+ MAX_EXECUTION_TIME(1000) BKA(t1) */ 1
%%
select /*M! 1, */ 2
%%
select 1 -- x
%%
select 1 # x
%% no-mysql no-mariadb
# x
%% no-mysql no-mariadb
-- x
%%
select sql_no_cache sql_calc_found_rows high_priority straight_join distinct distinctrow 1
%%
select 1;
%%
select 1 ;
%%
select 1;;
%%
grant select on trace.* to 'u'@'h'
%%
create user u@h
%%
create user u@'10.%' identified by 'x'
%% no-mariadb
select @`a b`, @"x", @'y', @a.b, @ a
%%
set @x = 1, @@session.sql_mode = ''
%%
set session sql_mode = ''
%%
set names utf8mb4 collate utf8mb4_bin
%%
create procedure p1() begin select 1; select 2; end
%%
call p1()
%%
call p1
%%
select a rlike b
%%
select 1 from t where a in (1) or (a, b) in ((1,2),(3,4))
%%
select case a when -1 then -1 else -1 end
%%
select a < -1, a > -1, a <= -1, a >= -1, a <> -1, a <=> -1, a != -1
%%
select a xor -1, a and -1, not -1, a like -1, a between -1 and -2, a div -1, a mod -1, a regexp -1, a rlike -1
%%
select distinct -1
%%
select all -1
%%
select * from t where -1
%%
select * from t having -1
%%
select * from t join u on -1
%%
select * from t order by a, -1
%%
do -1
%%
set @x = -1
%%
set @x := -1
%%
set @x := @y + -1
%%
select ~ -1, ! -1, binary -1
%%
select if(-1, -1, -1)
%%
select a is not null and not null is null
%%
select 'a' like 'b' escape -1
%%
select * from t group by -1
%%
select * from t group by null
%%
select distinct null
%%
select * from t where null
%%
select * from t having null
%%
select a from t union select null
%% no-mariadb
values row(1,-1), row(2,3)
%% no-mysql
values (1,-1), (2,3)
%%
select 1 collate utf8mb4_bin, binary 'x', convert('x' using utf8mb4)
%%
select _latin1 'x', _latin1 x'41', _utf8mb4 0x41
%%
select a.*, t.* from t
%% no-mysql no-mariadb
select 1.5.x
%%
select t.1a from t
%%
select 1a from t
%%
select 0xzz, 0x1g, 0b12
%%
select `select`, `a``b`, `ünï`, ünï, $a, a$b from t
%%
select "a""b", 'it''s', 'back\'s', "x'y"
%%
select a from t order by a, 1 desc, 2 asc limit 1, 2
%%
select a from t order by 1, 'x', 2
%%
select a from t order by 1.0, 1e1, 0x1, '1', 99999999999, 99999999999999999999
%%
select a from t group by 1, 2 with rollup having 1 order by 1
%%
select group_concat(a order by 1, 2 separator ',') from t
%%
select sum(a) over (partition by 1, 2 order by 3) from t
%%
select a from t order by (1), (select 1 order by 1), f(1)
%%
select a from t order by 1 collate utf8mb4_bin, 1 is null, 1 in (1), 1 between 1 and 2
%%
(select 1) union (select 2) order by 1 limit 2
%%
delete from t order by 1 limit 3
%%
update t set a=1 order by 1
%% no-mysql no-mariadb
select a from t order by ?, 1
%%
select a from t order by 1;
%%
alter table t order by a, b
%%
create table pt (a int) partition by hash (a) partitions 4
%%
create table pt2 (a int) partition by range (a) (partition p0 values less than (10), partition p1 values less than maxvalue)
%%
create table pt3 (a int) partition by list (a) (partition p0 values in (1,2), partition p1 values in (3))
%%
create table pt4 (a int) partition by range columns (a, b) (partition p0 values less than (10, 'x'), partition p1 values less than (20, maxvalue))
%%
select a from t group by a with rollup
%% no-mysql no-mariadb
select count (*) from t
%% no-mysql no-mariadb
select a from t group by a with cube
%%
create table j (a json, check (a is not null), b int as (a + 1) stored, c varchar(10) character set latin1 collate latin1_bin, key (b), index i (c(5) desc), unique (b), primary key (b), fulltext (c))
%% no-mysql no-mariadb
select json_value(a, '$.x' returning int null on empty null on error) from t
%%
select * from json_table('[1]', '$[*]' columns (a int path '$.a' null on empty, b int exists path '$.b', nested path '$.c[*]' columns (c int path '$' default '0' on error))) jt
%%
with recursive c as (select 1 union all select n+1 from c where n < 5) select * from c
%%
explain select 1
%%
explain format=json select 1
%% no-mariadb
explain format='tree' select 1
%%
analyze table t
%%
select 1 into @x
%%
select 1 into outfile '/tmp/zz'
%%
load data local infile 'x' into table t fields terminated by ',' lines terminated by '\n' ignore 1 lines (a, @b) set c = @b + 1
%%
prepare s from 'select 1'
%%
execute s using @a, @b
%%
deallocate prepare s
%%
show databases
%%
show full processlist
%%
show variables like 'x%'
%%
show create table t
%%
show tables from trace like 'a'
%%
show global status where value > 1
%%
set transaction isolation level read committed
%%
start transaction with consistent snapshot
%%
savepoint a
%%
rollback to savepoint a
%%
lock tables t read, u write
%%
kill 99999999
%%
kill query 99999999
%%
flush tables
%% no-mysql
reset master
%%
desc t
%%
describe t a
%%
help 'x'
%%
optimize table t
%%
check table t extended
%%
repair table t quick
%%
select get_lock('x', 1), release_lock('x')
%%
xa start 'x'
%%
xa end 'x'
%%
xa rollback 'x'
%%
handler t open
%%
select * from t use index (a) ignore index for join (b)
%%
select * from t partition (p0)
%%
select * from t for update
%%
select * from t lock in share mode
%%
select * from t for update nowait
%% no-mariadb
select * from t for share skip locked
%%
insert into t (a) values (1) on duplicate key update a = values(a) + 1
%% no-mariadb
insert into t (a) values (1) as new on duplicate key update a = new.a
%%
insert ignore into t values (default, default(a))
%%
insert into t values ()
%%
insert into t values (), ()
%%
insert into t select * from u where a = -1
%%
replace into t values (1, -2), (3, +4)
%%
replace into t values (1, now()), (3, now())
%%
select /*+ BKA(t1@qb1) */ 1
%%
select /*+ BKA(@qb1 t1, t2) */ 1
%%
select /*+ QB_NAME(qb1) */ 1
%%
select /*+ SET_VAR(sort_buffer_size = 16M) */ 1
%%
select /*+ SET_VAR(optimizer_switch = 'mrr_cost_based=off') SET_VAR(max_heap_table_size=1G) */ 1
%%
select /*+ bad syntax ( */ 1
%%
select /*+ */ 1
%%
select /*+ NO_BNL() JOIN_ORDER(a, b) no_index(t1 i1, `i 2`) RESOURCE_GROUP(x) */ 1 from t
%%
insert /*+ SET_VAR(foreign_key_checks=OFF) */ into t values (1)
%%
update /*+ NO_MERGE(dt) */ t set a = 1
%%
select 1 /*+ BKA(t1) */ from t
%%
select distinct /*+ BKA(t1) */ 1
%%
select /*+ BKA(t1) */ /*+ BKA(t2) */ 1
%%
(select /*+ BKA(t1) */ 1)
%%
select /* x */ /*+ BKA(t1) */ 1
%%
select /*+ INDEX_MERGE(t1 PRIMARY, i1) SEMIJOIN(@a FIRSTMATCH, LOOSESCAN) SUBQUERY(@`b c` MATERIALIZATION) */ 1
%%
select @`a b`, @"x y", @'z', @`a``b`
%%
select @a:=1, @b := @a+1
%%
set @`a` = 5
%% no-mysql no-mariadb
select 1 /*!50701 + 1 */ , 2 /*!100100 + 1 */, 3 /*!080000 + 1 */, 4 /*!1 */, 5 /*!50100+1*/, 6/*!90000 +1*/, 7/*!110000 +1 */
%%
select 1 /*! + 1 /* nested */ + 2 */
%%
select 1 /* unterminated ok? */ ; 
%% no-mysql no-mariadb
select user@host
%%
grant all on *.* to root@localhost, 'a'@`b`, current_user
%%
drop user if exists `x`@`%`, ''@''
%%
create definer=`root`@`localhost` view v as select 1 as a
%%
create definer=current_user() procedure p2(in a int, out b varchar(10)) comment 'x' begin declare c int default -1; declare exit handler for sqlexception begin end; if a > -1 then set b = -2; else set b = 3; end if; l: loop leave l; end loop; case a when 1 then select -1; else select 2; end case; while a < -1 do set a = -a + -1; end while; return_label: repeat set a = 1; until a = -1 end repeat; end
%%
create function f2(a int) returns int deterministic return -1
%% no-mysql no-mariadb
create trigger tr before insert on zz for each row set new.a = old.b + -1
%%
create event e on schedule every 1 day starts '2020-01-01' + interval 1 hour do delete from t where a < -1
%% no-mariadb
select 1 as `é😀`, 2 as é
%%
select 'a' collate utf8mb4_bin, n'abc' , _binary'abc', _utf8mb3'x', _nosuch'x'
%%
select char(65 using utf8mb4), current_date, utc_timestamp(), localtime, sysdate(), user(), session_user(), schema(), database()
%%
select extract(year from a), extract(year_month from a), timestampdiff(day, a, b), timestampadd(sql_tsi_week, 1, a), get_format(date, 'eur'), position('a' in 'b'), trim(both 'x' from 'y'), week('2020-01-01'), year(now()), quarter(a), month(a), day(a), hour(a), minute(a), second(a), microsecond(a)
%% no-mysql
select replace('a','b','c'), insert('a',1,2,'b'), left('a',1), right('a',1), mod(5,2), repeat('a',2), reverse('a'), format(1,2), char(1), ascii('a'), password('x'), collation('a'), charset('a'), coalesce(null,1), truncate(1.5,1), database()
%%
