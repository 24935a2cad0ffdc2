namespace Marathon.Contracts;

/// <summary>
/// A text that says who somebody is or where to find them. When a person is erased, it is made empty in every stored event about them, whoever keeps it.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PersonalAttribute : Attribute;
