namespace Marathon.Messaging;

/// <summary>
/// Columns in which a service keeps what is personal, said once: they are emptied when a person is erased, and looked at by whoever asks what is left.
/// Added to the services of each that has any.
/// </summary>
/// <param name="Table">The table. Where order matters, the first that was added is emptied first.</param>
/// <param name="Where">Its rows of the registrations <c>$1</c>, an array of their ids.</param>
/// <param name="Columns">Text columns. Emptied means <c>''</c>; what is null stays so.</param>
public sealed record PersonalData(string Table, string Where, params IReadOnlyList<string> Columns);
