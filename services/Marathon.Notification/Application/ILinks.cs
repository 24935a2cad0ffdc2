using Marathon.Messaging;

namespace Marathon.Notification.Application;

/// <summary>
/// Links that open a registration without its access key, for runners who have lost it. They go to the phone number on file: who can read its messages
/// is taken for the runner.
/// </summary>
public interface ILinks
{
    /// <summary>How long a link is good.</summary>
    public static readonly TimeSpan GoodFor = TimeSpan.FromMinutes(30);

    /// <summary>How many links to one registration are sent in an hour, and to one phone number in a day; whoever asks for more gets none.</summary>
    public const int MostAnHour = 3, MostADay = 10;

    /// <summary>
    /// Notes that the links to the registrations with <paramref name="phoneNo"/> are asked for. It takes the same whether there are any or not: they are looked
    /// for by <see cref="AnswerAsync"/>.
    /// </summary>
    Task AskAsync(string phoneNo, CancellationToken cancellationToken);

    /// <summary>Queues the messages for everybody who has asked: a link to each of the latest five registrations with the number that were ever confirmed.</summary>
    Task AnswerAsync(CancellationToken cancellationToken);

    /// <summary>The registration that the code of a link opens; null when there is none, or it was used, or is too old. It opens nothing a second time, but for the first minute: a button is pressed twice, and an answer may be lost.</summary>
    Task<OpenedRegistration?> UseAsync(string code, CancellationToken cancellationToken);

    /// <summary>Makes the links to those registrations useless whose phone number is another one now.</summary>
    Task RevokeAsync(IReadOnlyList<(Guid RegistrationId, string PhoneNo)> changed, UnitOfWork work, CancellationToken cancellationToken);
}

/// <summary>What a link opens.</summary>
public sealed record OpenedRegistration(Guid RegistrationId, string Number);
