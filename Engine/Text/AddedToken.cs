namespace SoundSearch.Engine.Text;

/// <summary>A token that is looked for in a text as it stands, before the text is cut into pieces.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">What is looked for.</param>
/// <param name="Normalized">Looked for after normalisation (its content normalised too) instead of in the raw text.</param>
/// <param name="LeftStrip">Takes the white space before it along.</param>
/// <param name="RightStrip">Takes the white space after it along.</param>
public sealed record AddedToken(int Id, string Content, bool Normalized = false, bool LeftStrip = false, bool RightStrip = false);
