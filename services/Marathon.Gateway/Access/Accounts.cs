using System.Collections.Frozen;

namespace Marathon.Gateway.Access;

/// <summary>
/// Who can log in: <c>Access:Accounts</c>, as deployed, and the file <c>Access:AccountsFile</c>, which <c>./marathon user</c> writes. The file is read
/// again as soon as it has changed, so who is removed there is out at once.
/// </summary>
internal sealed class Accounts(AccessOptions options, ILogger<Accounts> logger)
{
    private readonly Lock gate = new();
    private (DateTime At, long Length) seen;
    private FrozenDictionary<string, Account>? known;

    public Account? Find(string name) => Now().GetValueOrDefault(Account.Normal(name));

    private FrozenDictionary<string, Account> Now()
    {
        var file = options.AccountsFile is { Length: > 0 } path ? new FileInfo(path) : null;
        var state = file is { Exists: true } ? (file.LastWriteTimeUtc, file.Length) : default;
        lock (gate)
        {
            if (known is null || state != seen) (known, seen) = (Read(file), state);
            return known;
        }
    }

    private FrozenDictionary<string, Account> Read(FileInfo? file)
    {
        var accounts = new Dictionary<string, Account>();
        var lines = (options.Accounts ?? "").Split(['\n', ';']).Concat(file is { Exists: true } ? File.ReadAllLines(file.FullName) : []);
        foreach (var line in lines.Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#'))
        {
            if (Account.Read(line) is { } account) accounts[account.Name] = account;
            // One that cannot be read lets nobody in; that is no reason to keep everybody out.
            else logger.LogError("An account cannot be read and is left out: write it as name:role:hash, with a role of {Roles}", string.Join(", ", Roles.ByName.Keys));
        }
        return accounts.ToFrozenDictionary();
    }
}
