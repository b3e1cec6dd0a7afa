# Run once by the image of PostgreSQL, when the volume is empty: a database and a role for each service.
for service in queue inventory ledger; do
  variable="$(echo "$service" | tr '[:lower:]' '[:upper:]')_PASSWORD"
  psql --username="${POSTGRES_USER:-postgres}" --set=ON_ERROR_STOP=1 --set=service="$service" --set=password="$(printenv "$variable")" <<'SQL'
create role :"service" login password :'password';
create database :"service" owner :"service";
SQL
done
