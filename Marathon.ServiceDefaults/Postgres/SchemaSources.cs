using Npgsql;

namespace Marathon.ServiceDefaults.Postgres;

/// <summary>Further connections to the service's database, which find their tables in other schemas first.</summary>
public sealed class SchemaSources
{
    private readonly Func<string, NpgsqlDataSource> make;

    internal SchemaSources(Func<string, NpgsqlDataSource> make) => this.make = make;

    /// <summary>Under this search path; to be disposed by whoever asked for it.</summary>
    public NpgsqlDataSource Of(string searchPath) => make(searchPath);
}
