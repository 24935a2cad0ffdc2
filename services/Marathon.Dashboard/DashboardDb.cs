using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;

namespace Marathon.Dashboard;

/// <summary>For reading; what the events write is in Streams/.</summary>
internal sealed partial class DashboardDb(DbContextOptions<DashboardDb> options) : DbContext(options)
{
    public DbSet<RegistrationRow> Registrations => Set<RegistrationRow>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<RegistrationRow>(row =>
        {
            row.ToTable("registrations").HasKey(registration => registration.RegistrationId);
            row.HasMany(registration => registration.Messages).WithOne().HasForeignKey(message => message.RegistrationId);
            row.HasOne(registration => registration.Race).WithMany().HasForeignKey(registration => registration.RaceId);
            row.HasOne(registration => registration.Division).WithMany().HasForeignKey(registration => registration.DivisionId);
            row.Navigation(registration => registration.Race).AutoInclude();
            row.Navigation(registration => registration.Division).AutoInclude();
        });
        modelBuilder.Entity<RaceRow>().ToTable("races").HasKey(race => race.RaceId);
        modelBuilder.Entity<DivisionRow>().ToTable("divisions").HasKey(division => division.DivisionId);
        modelBuilder.Entity<MessageRow>().ToTable("messages").HasKey(message => new { message.RegistrationId, message.MessageId });

        foreach (var property in modelBuilder.Model.GetEntityTypes().SelectMany(entity => entity.GetProperties()))
            property.SetColumnName(InnerCapital().Replace(property.Name, "_$0").ToLowerInvariant());
    }

    [GeneratedRegex("(?<!^)[A-Z]")]
    private static partial Regex InnerCapital();
}

/// <summary>What is known of a registration. Null: the stream that knows it has not spoken yet.</summary>
internal sealed record RegistrationRow
{
    public Guid RegistrationId { get; init; }
    public string Number { get; init; } = "";
    public DateTimeOffset AsOf { get; init; }

    public int RegistrationVersion { get; init; }
    public int PaymentVersion { get; init; }
    public int DeliveryVersion { get; init; }

    public string? Status { get; init; }
    public string? AccessKeyHash { get; init; }
    public Guid? RaceId { get; init; }
    public string? RaceName { get; init; }
    public DateOnly? RaceDate { get; init; }
    public Guid? DivisionId { get; init; }
    public string? DivisionName { get; init; }
    public string? Name { get; init; }
    public string? PhoneNo { get; init; }
    public string? Address { get; init; }
    public string? TopSize { get; init; }
    public string? BottomSize { get; init; }
    public bool WantsAllMessages { get; init; }
    public int? Amount { get; init; }
    public string? Currency { get; init; }
    public int? RefundDue { get; init; }
    public DateTimeOffset? RegisteredAt { get; init; }
    public DateTimeOffset? EndedAt { get; init; }

    public string? PaymentStatus { get; init; }

    /// <summary>Where the money is: of <see cref="Status"/> and <see cref="PaymentStatus"/>, by the database (<c>pay_status_of</c>).</summary>
    public string? PayStatus { get; init; }

    public DateTimeOffset? PaidAt { get; init; }
    public int? RefundedAmount { get; init; }
    public DateTimeOffset? RefundedAt { get; init; }

    public string? DeliveryStatus { get; init; }
    public int? Bib { get; init; }
    public string? Carrier { get; init; }
    public string? TrackingNumber { get; init; }
    public DateTimeOffset? ReceivedAt { get; init; }
    public DateTimeOffset? ReadyAt { get; init; }
    public DateTimeOffset? DispatchedAt { get; init; }
    public DateTimeOffset? DeliveredAt { get; init; }
    public DateTimeOffset? PickedUpAt { get; init; }
    public DateTimeOffset? DeliveryEndedAt { get; init; }
    public DateTimeOffset? ReturnedAt { get; init; }
    public DateTimeOffset? CheckedInAt { get; init; }

    public List<MessageRow> Messages { get; init; } = [];

    /// <summary>As the race's own stream tells of it; null while that has not been heard.</summary>
    public RaceRow? Race { get; init; }

    /// <inheritdoc cref="Race"/>
    public DivisionRow? Division { get; init; }
}

/// <summary>What a registration's page shows of its race.</summary>
internal sealed record RaceRow
{
    public Guid RaceId { get; init; }
    public string Name { get; init; } = "";
    public string Place { get; init; } = "";
    public DateOnly Date { get; init; }
    public DateTimeOffset AsOf { get; init; }
}

/// <summary>What a registration's page shows of its division.</summary>
internal sealed record DivisionRow
{
    public Guid DivisionId { get; init; }
    public string Name { get; init; } = "";
}

/// <summary>A message about a registration.</summary>
internal sealed record MessageRow
{
    public Guid MessageId { get; init; }
    public Guid RegistrationId { get; init; }
    public int Version { get; init; }
    public string Kind { get; init; } = "";
    public string Text { get; init; } = "";
    public string Status { get; init; } = "";
    public DateTimeOffset At { get; init; }
    public DateTimeOffset? SettledAt { get; init; }
    public string? Reason { get; init; }
}
