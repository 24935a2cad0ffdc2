using Marathon.Messaging;
using Npgsql;

namespace Marathon.Dashboard;

/// <summary>Which registrations, and races, have changed: noted with the change itself, for all replicas, and told at once to those in this process who follow.</summary>
internal sealed class Changes
{
    private TaskCompletionSource next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completed at the next commit of a change in this process. To be taken before looking what there is.</summary>
    public Task Next => Volatile.Read(ref next).Task;

    /// <summary>A statement that writes what is known of the registrations <c>$1</c>, and notes that they have changed; <paramref name="further"/> are <c>$2, $3 …</c></summary>
    public NpgsqlCommand Command(UnitOfWork work, string sql, Guid[] registrations, params ReadOnlySpan<object> further)
    {
        work.WhenCommitted(Wake);
        return work.Command($"WITH written AS ({sql}) INSERT INTO changed (ids) VALUES ($1)", [registrations, .. further]);
    }

    /// <summary>Notes registrations that were written otherwise, or races whose registrations' pages show something else now.</summary>
    public NpgsqlCommand Command(UnitOfWork work, Guid[] ids)
    {
        work.WhenCommitted(Wake);
        return work.Command("INSERT INTO changed (ids) VALUES ($1)", ids);
    }

    /// <summary>Notes that of races or goods something has changed that is on no registration's page.</summary>
    public NpgsqlCommand Command(UnitOfWork work) => Command(work, Array.Empty<Guid>());

    private void Wake() => Interlocked.Exchange(ref next, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
}
