namespace SoundSearch.Query.Store;

/// <summary>Column files.status.</summary>
public enum FileStatus
{
    /// <summary>Has segments and can be found.</summary>
    Indexed = 0,

    /// <summary>Its content cannot be decoded: tried again when it changes, or when other decoders are installed.</summary>
    Undecodable = 1,

    /// <summary>It could not be opened or read (rights, network): tried again each time.</summary>
    Unreadable = 2,
}
