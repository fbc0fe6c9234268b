-- Which check-ins were heard as reports of jobs. Safe to run again.
alter table if exists monitoring.check_ins
    add column if not exists heard boolean not null default false;
do $$ begin
    if to_regclass('monitoring.check_ins') is not null then
        create index if not exists check_ins_to_hear on monitoring.check_ins (id) where not heard;
    end if;
end $$;
