namespace SoundSearch.Query.Store;

/// <summary>What a library says about itself.</summary>
/// <param name="Model">Name of the model, for people.</param>
/// <param name="Fingerprint">Hash of the model's weights and recipe: vectors of two models never mix.</param>
/// <param name="Dimensions">Length of a vector.</param>
/// <param name="WindowSeconds">Length of a segment.</param>
/// <param name="Overlap">Share of a segment that the next one covers again.</param>
public sealed record LibraryMeta(string Model, string Fingerprint, int Dimensions, double WindowSeconds, double Overlap);
