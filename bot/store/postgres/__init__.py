"""The store on PostgreSQL: the same verbs and statements, through psycopg (the extra ``postgres``)."""
