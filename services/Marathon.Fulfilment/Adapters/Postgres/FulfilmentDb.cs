using Microsoft.EntityFrameworkCore;

namespace Marathon.Fulfilment.Adapters.Postgres;

/// <summary>The service's database, for ordinary reads.</summary>
public sealed class FulfilmentDb(DbContextOptions<FulfilmentDb> options) : DbContext(options);
