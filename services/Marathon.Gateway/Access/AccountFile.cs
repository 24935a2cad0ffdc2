using System.Security.Cryptography;

namespace Marathon.Gateway.Access;

/// <summary>What <c>./marathon user</c> does to the file of accounts: <c>user FILE first | list | add NAME ROLE | remove NAME</c>. A password is a line of standard input.</summary>
internal static class AccountFile
{
    private const string FirstName = "organiser", Letters = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ23456789";

    public static int Run(string[] args) => args switch
    {
        [var file, "list"] => List(file),
        [var file, "first"] => First(file),
        [var file, "add", var name, var role] => Add(file, Account.Normal(name), role, Console.ReadLine() ?? ""),
        [var file, "remove", var name] => Remove(file, Account.Normal(name)),
        _ => Refuse("user list | add NAME ROLE | remove NAME"),
    };

    private static int List(string file)
    {
        foreach (var account in Read(file)) Console.WriteLine($"{account.Name,-40} {account.Role.Name()}");
        return 0;
    }

    /// <summary>One to begin with, where there is none. Its password is shown here and nowhere else.</summary>
    private static int First(string file)
    {
        if (Read(file).Count > 0) return 0;
        var password = RandomNumberGenerator.GetString(Letters, 20);
        Write(file, [New(FirstName, Callers.Organiser, password)]);
        Console.WriteLine($"The first organiser's account: name {FirstName}, password {password}");
        Console.WriteLine("It is shown this once. ./marathon user add organiser organiser gives it another password.");
        return 0;
    }

    private static int Add(string file, string name, string role, string password)
    {
        if (!Account.IsName(name)) return Refuse("a name has up to 40 letters a to z, digits, dots, hyphens and underscores, and begins with a letter or digit");
        if (!Roles.ByName.TryGetValue(role, out var known)) return Refuse($"a role is one of {string.Join(", ", Roles.ByName.Keys)}");
        if (password.Length is < Passwords.Shortest or > Passwords.Longest) return Refuse($"a password has from {Passwords.Shortest} to {Passwords.Longest} characters");
        var others = Read(file).Where(account => account.Name != name).ToList();
        var isNew = others.Count == Read(file).Count;
        Write(file, [.. others, New(name, known, password)]);
        Console.WriteLine(isNew ? $"{name} can log in, as {role}." : $"{name} has a new password, and is {role}. Who was logged in under that name no longer is.");
        return 0;
    }

    private static int Remove(string file, string name)
    {
        var accounts = Read(file);
        if (accounts.RemoveAll(account => account.Name == name) == 0) return Refuse($"there is no account {name}");
        Write(file, accounts);
        Console.WriteLine($"{name} can no longer log in, and is logged out.");
        return 0;
    }

    private static Account New(string name, Callers role, string password)
    {
        using var passwords = new Passwords(new AccessOptions());
        return new Account(name, role, passwords.Hash(password));
    }

    private static List<Account> Read(string file) => File.Exists(file) ? [.. File.ReadLines(file).Select(Account.Read).OfType<Account>()] : [];

    /// <summary>Whole or not at all, and for its owner only.</summary>
    private static void Write(string file, IEnumerable<Account> accounts)
    {
        var next = file + ".new";
        File.Delete(next);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var writer = new StreamWriter(next, options))
            foreach (var account in accounts.OrderBy(account => account.Name, StringComparer.Ordinal)) writer.WriteLine(account);
        File.Move(next, file, overwrite: true);
    }

    private static int Refuse(string why)
    {
        Console.Error.WriteLine("marathon: " + why);
        return 2;
    }
}
