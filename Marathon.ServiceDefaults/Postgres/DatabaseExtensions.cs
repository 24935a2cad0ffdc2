using System.Reflection;
using Marathon.ServiceDefaults;
using Marathon.ServiceDefaults.Postgres;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;

namespace Microsoft.Extensions.Hosting;

/// <summary>The service's own database.</summary>
public static class DatabaseExtensions
{
    /// <summary>
    /// So a statement has one plan, and need not be planned for every batch, which takes a sixth of PostgreSQL's time in a sell-out (docs/performance.md). What people
    /// search by has other values each time: <see cref="Searching"/>.
    /// </summary>
    private const string PlannedOnce = " -c plan_cache_mode=force_generic_plan";

    /// <summary>
    /// A machine that loses its power, or is frozen, in the middle of a transaction says no farewell: PostgreSQL would keep its locks for two hours, and everybody who wants a place waits
    /// for them. What is idle inside a transaction for longer than any of ours between two of its statements is ended; who has to wait for a stranger there says so itself. A peer that
    /// is gone is missed after 40 s. Not sooner: the same limit is for one that takes its rows no faster than the broker takes them from it, and that may stand still for half a minute.
    /// </summary>
    private const string LetsGo = " -c idle_in_transaction_session_timeout=15s -c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3 -c tcp_user_timeout=40s";

    /// <summary>
    /// Adds the database called <paramref name="name"/> (<c>ConnectionStrings:{name}</c>): an <see cref="NpgsqlDataSource"/> for batches and
    /// locks, <typeparamref name="TContext"/> for ordinary reads and writes, the migrations embedded in the assembly of
    /// <typeparamref name="TContext"/>, applied before the service answers, its time (<see cref="DatabaseClock"/>), and a health check.
    /// </summary>
    /// <param name="builder">The service.</param>
    /// <param name="name">The database.</param>
    /// <param name="isSearched">It is there for being searched: most statements have other values each time, and a plan for each.</param>
    /// <typeparam name="TContext">Its rows.</typeparam>
    public static WebApplicationBuilder AddMarathonDatabase<TContext>(this WebApplicationBuilder builder, string name, bool isSearched = false) where TContext : DbContext
    {
        NpgsqlDataSource Source(string? searchPath)
        {
            var connectionString = builder.Configuration.GetConnectionString(name)
                ?? throw new InvalidOperationException($"ConnectionStrings:{name} is not set. The AppHost sets it.");
            var source = new NpgsqlDataSourceBuilder(connectionString);
            source.ConnectionStringBuilder.ApplicationName = builder.Environment.ApplicationName;
            source.ConnectionStringBuilder.MaxPoolSize = builder.Configuration.GetValue("Database:MaxPoolSize", 30);
            // A connection that went away with its server must be noticed within a request's deadline.
            source.ConnectionStringBuilder.Timeout = builder.Configuration.GetValue("Database:ConnectSeconds", 3);
            source.ConnectionStringBuilder.CommandTimeout = 30;
            // Nothing here changes a session's state beyond its transaction, so a connection need not be washed when it returns to the pool.
            source.ConnectionStringBuilder.NoResetOnClose = true;
            // Every commit waits for the disk, also where all that it writes comes from the event log: a server that crashed would have forgotten the last ones, and a
            // consumer that lives on reads on behind what it has applied and knows nothing of that.
            source.ConnectionStringBuilder.Options = PlannerSettings.ByKey + LetsGo + (isSearched ? "" : PlannedOnce);
            source.ConnectionStringBuilder.MaxAutoPrepare = 50;
            source.ConnectionStringBuilder.AutoPrepareMinUsages = 2;
            if (searchPath is not null) source.ConnectionStringBuilder.SearchPath = searchPath;
            return source.Build();
        }
        builder.Services.AddSingleton(_ => Source(searchPath: null)).AddSingleton(new SchemaSources(Source));
        builder.AddDatabase<TContext>(name);
        builder.Services.AddHostedService<Migrator>();
        builder.Services.AddMigrations(typeof(TContext).Assembly);
        builder.Services.TryAddKeyedSingleton(DatabaseClock.Machine, TimeProvider.System);
        builder.Services.AddSingleton<DatabaseClock>().AddHostedService(services => services.GetRequiredService<DatabaseClock>());
        builder.Services.AddSingleton<TimeProvider>(services => services.GetRequiredService<DatabaseClock>());
        builder.Services.AddHealthChecks().AddCheck<DatabaseHealth>("postgres");
        return builder;
    }

    /// <summary>Adds the migrations embedded in <paramref name="assembly"/>; sets are applied in the order they are added.</summary>
    public static IServiceCollection AddMigrations(this IServiceCollection services, Assembly assembly) =>
        services.AddSingleton(new MigrationSet(assembly));
}
