using Microsoft.EntityFrameworkCore;

namespace Marathon.Notification.Adapters;

/// <summary>The service's database, for ordinary reads.</summary>
public sealed class NotificationDb(DbContextOptions<NotificationDb> options) : DbContext(options);
