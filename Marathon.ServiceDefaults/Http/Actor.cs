using Microsoft.AspNetCore.Http;

namespace Marathon.ServiceDefaults.Http;

/// <summary>
/// Who of the people outside makes a request, for the audit. Like the current activity it goes wherever the request goes, so that no call has to hand it on;
/// what works for many requests at once, or by itself, has none.
/// </summary>
/// <param name="Name">The account; <see cref="Runner"/> for whoever has none.</param>
/// <param name="Role">The account's role; <see cref="Runner"/> without one.</param>
/// <param name="Network">Where it came from; see <see cref="CallerHeaders.Network"/>.</param>
public sealed record Actor(string Name, string Role, string Network)
{
    /// <summary>Somebody with no more than an access key.</summary>
    public const string Runner = "runner";

    /// <summary>The roles that an account can have.</summary>
    public const string Organiser = "organiser", Crew = "crew", Auditor = "auditor";

    private static readonly AsyncLocal<Actor?> Asking = new();

    /// <summary>Who makes the current request; null when it comes from another service, or when there is none.</summary>
    public static Actor? Current => Asking.Value;

    /// <summary>Somebody who is known otherwise than by a login, by a signature, makes the current request.</summary>
    public static void Become(string name) => Asking.Value = new Actor(name, name, Current?.Network ?? "");

    /// <summary>Takes what the gateway says. To be called only when the services' credential came with it.</summary>
    internal static void Enter(HttpRequest request)
    {
        if (request.Headers[CallerHeaders.Network] is not [{ Length: > 0 } network]) return;
        Asking.Value = request.Headers[CallerHeaders.Account] is [{ Length: > 0 } account] && request.Headers[CallerHeaders.Role] is [{ Length: > 0 } role]
            ? new Actor(account, role, network)
            : new Actor(Runner, Runner, network);
    }
}
