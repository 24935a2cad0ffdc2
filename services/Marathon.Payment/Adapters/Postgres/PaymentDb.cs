using Microsoft.EntityFrameworkCore;

namespace Marathon.Payments.Adapters.Postgres;

/// <summary>The service's database, whose migrations are in this assembly. Payments are read and written by <see cref="PaymentStore"/>.</summary>
public sealed class PaymentDb(DbContextOptions<PaymentDb> options) : DbContext(options);
