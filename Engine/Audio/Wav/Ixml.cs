using System.Text;
using System.Xml;

namespace SoundSearch.Engine.Audio.Wav;

/// <summary>The elements of an iXML chunk that describe the sound: those of the iXML 3.0 specification and of the sound libraries that follow UCS and ASWG.</summary>
internal static class Ixml
{
    public static void Read(byte[] contents, MetadataBuilder builder)
    {
        int end = Array.IndexOf(contents, (byte)0);
        string text = Encoding.UTF8.GetString(contents, 0, end < 0 ? contents.Length : end).TrimStart('\uFEFF', ' ', '\r', '\n', '\t');
        // No external entities, no DTD (so no expansion), and broken XML counts up to where it breaks.
        var settings = new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Ignore,
            XmlResolver = null,
            ConformanceLevel = ConformanceLevel.Fragment,
            IgnoreComments = true,
            CheckCharacters = false,
        };
        try
        {
            using XmlReader reader = XmlReader.Create(new StringReader(text), settings);
            string element = "";
            while (reader.Read() && reader.Depth < 64)
            {
                if (reader.NodeType == XmlNodeType.Element)
                    element = reader.Name;
                else if (reader.NodeType is XmlNodeType.Text or XmlNodeType.CDATA && Field(element.ToUpperInvariant()) is { } field)
                    builder.Add(field, reader.Value);
            }
        }
        catch (XmlException)
        {
        }
    }

    private static MetadataField? Field(string element) => element switch
    {
        "FXNAME" or "TRACKTITLE" or "SCENE" or "NAME" => MetadataField.Title,
        "DESCRIPTION" or "BWF_DESCRIPTION" or "LONGID" or "USERDATA" => MetadataField.Description,
        "NOTE" or "NOTES" => MetadataField.Comment,
        "CATEGORY" or "SUBCATEGORY" or "CATEGORYFULL" or "KEYWORDS" or "VENDORCATEGORY" or "USERCATEGORY" => MetadataField.Keywords,
        "DESIGNER" or "ARTIST" or "RECORDIST" or "BWF_ORIGINATOR" or "ORIGINATOR" => MetadataField.Author,
        _ => null,
    };
}
