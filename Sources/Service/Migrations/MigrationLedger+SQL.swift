import Postgres

extension MigrationLedger {
    static let exists = Statement(
        "migration_ledger_exists",
        "select to_regclass('traveler_private.migration') is not null"
    )

    /// The key is ours alone: no other code of Traveler's takes a lock of one key.
    static let lock = Statement("migration_lock", "select pg_try_advisory_lock(7237118400001)")
    static let unlock = Statement("migration_unlock", "select pg_advisory_unlock(7237118400001)")

    static let applied = Statement(
        "migration_applied",
        """
        select number, name, digest, to_char(applied_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
        from traveler_private.migration
        order by number
        """
    )

    static let appliedLogic = Statement(
        "migration_applied_logic",
        "select name, digest from traveler_private.logic_file"
    )

    static let digests = Statement(
        "migration_digests",
        """
        select encode(sha256(content), 'hex')
        from unnest($1::bytea[]) with ordinality as file (content, position)
        order by position
        """
    )

    static let insert = Statement(
        "migration_insert",
        """
        insert into traveler_private.migration (number, name, digest, service_version)
        values ($1::integer, $2, $3, $4)
        """
    )

    static let forgetLogic = Statement("migration_forget_logic", "delete from traveler_private.logic_file")

    static let insertLogic = Statement(
        "migration_insert_logic",
        """
        insert into traveler_private.logic_file (name, digest)
        select name, digest from unnest($1::text[], $2::text[]) as file (name, digest)
        """
    )

    static let transaction = Statement("migration_transaction", "select pg_current_xact_id_if_assigned()::text")

    /// A partitioned table's own index is left out: it may wait for its partitions' indexes by design.
    static let invalidIndexes = Statement(
        "migration_invalid_indexes",
        """
        select c.oid::regclass::text
        from pg_index i
        join pg_class c on c.oid = i.indexrelid
        where not i.indisvalid and c.relkind = 'i'
            and c.relnamespace::regnamespace::text in ('traveler', 'traveler_private', 'analytics')
        """
    )

    static let dropInvalidIndexes = """
        do $$
        declare
            broken regclass;
        begin
            for broken in
                select c.oid::regclass
                from pg_index i
                join pg_class c on c.oid = i.indexrelid
                where not i.indisvalid and c.relkind = 'i'
                    and c.relnamespace::regnamespace::text in ('traveler', 'traveler_private', 'analytics')
            loop
                execute format('drop index %s', broken);
            end loop;
        end
        $$
        """

    /// The migrator makes its own tables, and the one question about them that the service may ask.
    static let tables = """
        begin;
        set local role traveler_owner;

        create table traveler_private.migration (
            number integer constraint migration_pkey primary key
                constraint migration_number_positive check (number > 0),
            name text not null,
            digest text not null constraint migration_digest_sha256 check (digest ~ '^[0-9a-f]{64}$'),
            applied_at timestamptz not null default now(),
            service_version text not null
        );
        comment on table traveler_private.migration is
            'The migrations applied to this database. Written by `traveler migrate` only.';
        comment on column traveler_private.migration.digest is 'SHA-256 of the file, in hex.';
        comment on column traveler_private.migration.service_version is 'The build that applied it.';

        create table traveler_private.logic_file (
            name text constraint logic_file_pkey primary key,
            digest text not null constraint logic_file_digest_sha256 check (digest ~ '^[0-9a-f]{64}$'),
            applied_at timestamptz not null default now()
        );
        comment on table traveler_private.logic_file is
            'The files of sql/logic as they were applied last. Written by `traveler migrate` only.';

        create function traveler.schema_version() returns integer
        language sql stable security definer
        set search_path = pg_catalog, pg_temp
        as $$ select coalesce(max(number), 0) from traveler_private.migration $$;
        comment on function traveler.schema_version() is
            'The number of the newest migration applied: a service refuses a schema that it does not know.';
        revoke execute on function traveler.schema_version() from public;
        grant execute on function traveler.schema_version() to traveler_service, traveler_worker;

        commit
        """
}
