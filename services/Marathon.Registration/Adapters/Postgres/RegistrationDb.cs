using Microsoft.EntityFrameworkCore;

namespace Marathon.Registration.Adapters.Postgres;

/// <summary>The ordinary way to the service's database; batches and locks go through units of work.</summary>
public sealed class RegistrationDb(DbContextOptions<RegistrationDb> options) : DbContext(options);
