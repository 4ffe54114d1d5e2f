import Crypto
import Foundation
import SwiftASN1
import X509

/// A self-signed certificate, in files.
struct CertificateFiles {
    var certificate: String
    var key: String
    var pem: String

    static func make(in folder: String, named name: String) throws -> CertificateFiles {
        let key = P256.Signing.PrivateKey()
        let certificateKey = Certificate.PrivateKey(key)
        let subject = try DistinguishedName { CommonName(name) }
        let certificate = try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: certificateKey.publicKey,
            notValidBefore: Date().addingTimeInterval(-3_600),
            notValidAfter: Date().addingTimeInterval(86_400),
            issuer: subject,
            subject: subject,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions { SubjectAlternativeNames([.dnsName("localhost")]) },
            issuerPrivateKey: certificateKey
        )
        let files = CertificateFiles(
            certificate: folder + "/\(name).pem",
            key: folder + "/\(name).key",
            pem: try certificate.serializeAsPEM().pemString
        )
        try files.pem.write(toFile: files.certificate, atomically: true, encoding: .utf8)
        try key.pemRepresentation.write(toFile: files.key, atomically: true, encoding: .utf8)
        return files
    }
}
