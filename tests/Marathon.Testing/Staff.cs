using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Marathon.Testing;

/// <summary>Who can log in while the tests run.</summary>
public static class Staff
{
    /// <summary>Names, and the password of all.</summary>
    public const string Organiser = "kim", Auditor = "lee", Crew = "choi", Password = "correct horse battery";

    /// <summary>As the application model's parameter takes them.</summary>
    public static string Accounts { get; } = $"{Organiser}:organiser:{Hash()};{Auditor}:auditor:{Hash()};{Crew}:crew:{Hash()}";

    private static string Hash() => new PasswordHasher<object>(Options.Create(new PasswordHasherOptions { IterationCount = 1000 })).HashPassword(new object(), Password);
}
