namespace SoundSearch.Engine.Audio;

/// <summary>What a text found in a file is about.</summary>
internal enum MetadataField
{
    Title,
    Description,
    Comment,
    Keywords,
    Author,
    Label,
}
